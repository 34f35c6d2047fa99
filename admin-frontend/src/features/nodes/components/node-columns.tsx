import { Text } from '@mantine/core';
import { TextLink } from '@/components/ui/display/links';
import { Sparkline } from '@/components/ui/display/sparkline';
import { words } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import type { Column } from '@/components/ui/list/column';
import { formatBytes, formatCount, formatDuration, NOTHING } from '@/lib/format/numbers';
import type { Node } from '../api/list-nodes';
import { useNode } from '../api/node';
import { dayPoints } from './node-day';
import { ClockSkew, NodeStatus, OutboxState } from './node-status';

const SPARK_POINTS = 96;

function OutboxSpark({ id }: { id: string }) {
  const history = useNode(id).data?.history;
  if (!history) return <span style={{ display: 'inline-block', width: 96, height: 22 }} />;
  const events = dayPoints(history, SPARK_POINTS).map((point) => point.events);
  const top = Math.max(0, ...events);
  return <Sparkline values={events} label={`Outbox in the last day: at most ${formatCount(top)} events`} />;
}

export const nodeColumns: Column<Node>[] = [
  {
    id: 'name',
    header: 'Node',
    isFixed: true,
    cell: ({ node_id, name }) => (
      <>
        <TextLink to="/nodes/$id" params={{ id: node_id }} fw={500} c="inherit">
          {name ?? node_id}
        </TextLink>
        {name && (
          <Text span size="xs" c="dimmed" ml={6}>
            {node_id}
          </Text>
        )}
      </>
    ),
  },
  { id: 'status', header: 'Status', width: 110, cell: (node) => <NodeStatus node={node} /> },
  { id: 'role', header: 'Role', width: 90, cell: ({ role }) => words(role) },
  { id: 'seen', header: 'Last heard', width: 100, cell: ({ last_seen }) => <Ago at={last_seen} /> },
  {
    id: 'snapshot',
    header: 'Configuration',
    width: 140,
    cell: ({ snapshot_version, is_current, state }) => (
      <>
        {formatCount(snapshot_version)}
        <Text span size="xs" c={is_current ? 'dimmed' : 'var(--tf-warn)'} ml={6}>
          {is_current ? 'latest' : 'behind'}
          {state && `, ${formatDuration(state.snapshot_age_ms)} old`}
        </Text>
      </>
    ),
  },
  {
    id: 'outbox_state',
    header: 'Outbox',
    width: 100,
    cell: ({ state }) => (state ? <OutboxState state={state.outbox_state} /> : NOTHING),
  },
  {
    id: 'outbox',
    header: 'Waiting',
    width: 130,
    align: 'right',
    cell: ({ state }) =>
      state ? (
        <>
          {formatCount(state.outbox_events)}
          {state.outbox_events > 0 && (
            <Text span size="xs" c="dimmed" ml={6}>
              {formatBytes(state.outbox_bytes)}, oldest {formatDuration(state.outbox_oldest_age_ms)}
            </Text>
          )}
        </>
      ) : (
        NOTHING
      ),
  },
  { id: 'day', header: 'Last day', width: 110, cell: ({ node_id }) => <OutboxSpark id={node_id} /> },
  {
    id: 'clock',
    header: 'Clock',
    width: 110,
    cell: ({ state }) => (state ? <ClockSkew ms={state.clock_offset_ms} /> : NOTHING),
  },
  { id: 'version', header: 'Version', width: 90, cell: ({ version }) => version || NOTHING },
  { id: 'address', header: 'Address', width: 140, cell: ({ address }) => address ?? NOTHING },
];
