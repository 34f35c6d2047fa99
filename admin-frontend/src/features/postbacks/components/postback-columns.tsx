import { Group, Text } from '@mantine/core';
import { IconArrowDownLeft, IconArrowUpRight } from '@tabler/icons-react';
import { IdText } from '@/components/ui/display/id-text';
import { StatusBadge, type Tone } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { CallTarget } from '@/components/ui/entity/call-target';
import { EntityName } from '@/components/ui/entity/entity-name';
import type { Column } from '@/components/ui/list/column';
import { formatDuration, NOTHING } from '@/lib/format/numbers';
import type { PostbackLog } from '../api/list-postback-logs';

const TONES: Record<string, Tone> = {
  created: 'good',
  attributed: 'good',
  dead: 'bad',
  forbidden: 'bad',
  not_found: 'warn',
  failed: 'warn',
};

export function PostbackStatus({ status }: { status: string }) {
  return <StatusBadge status={status} tone={TONES[status]} />;
}

export function Direction({ direction }: { direction: string }) {
  const isIn = direction === 'inbound';
  const Sign = isIn ? IconArrowDownLeft : IconArrowUpRight;
  return (
    <Group gap={4} wrap="nowrap">
      <Sign size={14} aria-hidden color={isIn ? 'var(--tf-good)' : 'var(--tf-accent)'} />
      <span>{isIn ? 'In' : 'Out'}</span>
    </Group>
  );
}

/** The network it came from, or whom it was told to. */
export function OtherSide({ log }: { log: PostbackLog }) {
  if (log.direction === 'outbound') return <CallTarget id={log.target_id} />;
  return <EntityName kind="network" id={log.network_id} name={log.network_name} />;
}

export const postbackColumns: Column<PostbackLog>[] = [
  {
    id: 'time',
    header: 'Time',
    isFixed: true,
    width: 150,
    cell: ({ created_at }) => <Time at={created_at} precision="second" />,
  },
  {
    id: 'direction',
    header: 'Direction',
    width: 90,
    cell: ({ direction }) => <Direction direction={direction} />,
  },
  { id: 'status', header: 'Status', width: 110, cell: ({ status }) => <PostbackStatus status={status} /> },
  { id: 'other', header: 'From or to', width: 150, cell: (log) => <OtherSide log={log} /> },
  {
    id: 'http',
    header: 'HTTP',
    width: 70,
    align: 'right',
    cell: ({ http_status }) => http_status || NOTHING,
  },
  {
    id: 'latency',
    header: 'Took',
    width: 80,
    align: 'right',
    cell: ({ latency_ms, attempt }) => (attempt > 0 ? formatDuration(latency_ms) : NOTHING),
  },
  {
    id: 'attempt',
    header: 'Attempt',
    width: 80,
    align: 'right',
    isHidden: true,
    cell: ({ attempt }) => attempt || NOTHING,
  },
  {
    id: 'error',
    header: 'Error',
    width: 200,
    cell: ({ error }) => (
      <Text
        span
        size="sm"
        c={error ? 'var(--tf-bad)' : undefined}
        truncate
        display="block"
        maw={260}
        title={error ?? ''}
      >
        {error || NOTHING}
      </Text>
    ),
  },
  {
    id: 'transaction',
    header: 'Transaction id',
    width: 180,
    cell: ({ transaction_id }) => <IdText id={transaction_id} what="the transaction id" />,
  },
  {
    id: 'click_id',
    header: 'Click id',
    width: 180,
    isHidden: true,
    cell: ({ click_id }) => <IdText id={click_id} what="the click id" />,
  },
  {
    id: 'node',
    header: 'Node',
    width: 110,
    isHidden: true,
    cell: ({ node_id }) => <EntityName kind="node" id={node_id} />,
  },
];
