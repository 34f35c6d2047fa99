import { Card, Group, Skeleton, Text, Title } from '@mantine/core';
import { PageLink } from '@/components/ui/display/page-link';
import { StatusBadge, ToneBadge } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { formatBytes, formatDuration, plural } from '@/lib/format/numbers';
import { useNodes, type Node } from '../api/nodes';
import classes from './dashboard.module.css';

const SHOWN = 6;
const WORST_FIRST = ['silent', 'lagging', 'online'];

/** Nodes, and what waits in their outboxes. Those that need somebody come first. */
export function HealthCard() {
  const { data, error, refetch } = useNodes();
  const nodes = [...(data?.items ?? [])].sort(
    (a, b) => WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status),
  );
  const waiting = nodes.reduce((sum, { state }) => sum + (state?.outbox_events ?? 0), 0);
  return (
    <Card padding={0}>
      <Group justify="space-between" px="md" py="xs">
        <Title order={2} fz={14}>
          Nodes
        </Title>
        <PageLink to="/nodes">All nodes</PageLink>
      </Group>
      {error && !data ? (
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton h={92} m="md" mt={0} w="auto" />
      ) : nodes.length === 0 ? (
        <Text size="sm" c="dimmed" px="md" pb="md">
          No node has been in touch yet. Start traffic-service with this installation’s node token.
        </Text>
      ) : (
        <>
          {nodes.slice(0, SHOWN).map((node) => (
            <NodeLine key={node.node_id} node={node} />
          ))}
          <Text size="xs" c="dimmed" px="md" py={6} style={{ borderTop: '1px solid var(--tf-line)' }}>
            {waiting === 0 ? 'All events have arrived' : `${plural(waiting, 'event')} on the way here`}
            {nodes.length > SHOWN && ` · ${plural(nodes.length - SHOWN, 'more node')}`}
          </Text>
        </>
      )}
    </Card>
  );
}

const LAGS: Record<string, string> = {
  snapshot: 'has an old configuration',
  outbox_age: 'hands over events late',
  outbox_state: 'has trouble with its outbox',
};

function NodeLine({ node }: { node: Node }) {
  const { node_id, name, role, status, state, lags, last_seen } = node;
  return (
    <div className={classes.node}>
      <Text size="sm" fw={500} truncate>
        {name ?? node_id}{' '}
        <Text span size="xs" c="dimmed" fw={400}>
          {role === 'unknown' ? '' : role}
        </Text>
      </Text>
      <StatusBadge status={status} tone={status === 'lagging' ? 'warn' : undefined} />
      <Text size="xs" c="dimmed">
        {status === 'silent' ? (
          <>
            Last heard of <Ago at={last_seen} />
          </>
        ) : lags.length > 0 ? (
          lags.map((lag) => LAGS[lag] ?? lag).join(', ')
        ) : state && state.outbox_events > 0 ? (
          `Outbox ${plural(state.outbox_events, 'event')}, ${formatBytes(state.outbox_bytes)}, oldest ${formatDuration(state.outbox_oldest_age_ms)}`
        ) : state ? (
          'Outbox empty'
        ) : (
          'Has not reported yet'
        )}
      </Text>
      {state && state.outbox_dropped > 0 && (
        <ToneBadge tone="bad">{plural(state.outbox_dropped, 'event')} lost</ToneBadge>
      )}
    </div>
  );
}
