import { Group, Stack, Text } from '@mantine/core';
import { StatusBadge } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import { formatDuration } from '@/lib/format/numbers';
import type { Destination } from '../api/destination';

/** What each node found when it last probed. */
export function HealthNodes({ destination: { health, health_check } }: { destination: Destination }) {
  const nodes = Object.entries(health.nodes);
  if (nodes.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {health_check.enabled
          ? 'No node has probed it yet. They do so within a minute or two.'
          : 'Nodes do not probe it by themselves: switch the probe on in the form.'}
      </Text>
    );
  }
  return (
    <Stack gap="sm" component="ul" m={0} p={0} style={{ listStyle: 'none' }} aria-label="Health by node">
      {nodes.map(([node, { state, since, latency_ms, checked_at, error, is_fresh }]) => (
        <li key={node}>
          <Group gap="xs">
            <Text size="sm" fw={500}>
              {node}
            </Text>
            <StatusBadge status={state} />
            <Text size="xs" c="dimmed">
              {!error && `${formatDuration(latency_ms)}, `}since <Ago at={since} />, checked{' '}
              <Ago at={checked_at} />
              {!is_fresh && ', too old to count'}
            </Text>
          </Group>
          {error && (
            <Text size="xs" c="var(--tf-bad)" style={{ overflowWrap: 'anywhere' }}>
              {error}
            </Text>
          )}
        </li>
      ))}
    </Stack>
  );
}
