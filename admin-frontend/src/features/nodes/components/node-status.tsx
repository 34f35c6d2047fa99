import { Group, Text } from '@mantine/core';
import { StatusBadge, ToneBadge, type Tone } from '@/components/ui/display/status-badge';
import { formatDuration } from '@/lib/format/numbers';
import type { Node } from '../api/list-nodes';

const TONES: Record<Node['status'], Tone> = { online: 'good', lagging: 'warn', silent: 'bad' };

const LAGS: Record<Node['lags'][number], string> = {
  snapshot: 'old configuration',
  outbox_age: 'events wait',
  outbox_state: 'outbox in trouble',
};

export function NodeStatus({ node: { status, lags } }: { node: Pick<Node, 'status' | 'lags'> }) {
  return (
    <Group gap={6} wrap="nowrap">
      <StatusBadge status={status} tone={TONES[status]} />
      {lags.length > 0 && (
        <Text span size="xs" c="var(--tf-warn)">
          {lags.map((lag) => LAGS[lag]).join(', ')}
        </Text>
      )}
    </Group>
  );
}

const OUTBOX: Record<string, Tone> = { healthy: 'good', full: 'bad', failing: 'bad' };

export function OutboxState({ state }: { state: string }) {
  return <StatusBadge status={state} tone={OUTBOX[state] ?? 'neutral'} />;
}

/** Central warns above a second; a node five seconds behind is given no share of caps. */
export function ClockSkew({ ms }: { ms: number }) {
  const size = Math.abs(ms);
  const words = size < 1 ? 'exact' : `${formatDuration(size)} ${ms > 0 ? 'ahead' : 'behind'}`;
  if (size <= 1000) return <span className="tabular">{words}</span>;
  return <ToneBadge tone={size > 5000 ? 'bad' : 'warn'}>{words}</ToneBadge>;
}
