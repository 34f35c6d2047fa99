import { Table, Text } from '@mantine/core';
import { StatusBadge } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import { formatDuration, NOTHING } from '@/lib/format/numbers';
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
    <Table.ScrollContainer minWidth={420}>
      <Table aria-label="Health by node">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Node</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th ta="right">Latency</Table.Th>
            <Table.Th>Since</Table.Th>
            <Table.Th>Checked</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {nodes.map(([node, { state, since, latency_ms, checked_at, error, is_fresh }]) => (
            <Table.Tr key={node}>
              <Table.Td>
                {node}
                {error && (
                  <Text size="xs" c="var(--tf-bad)" style={{ overflowWrap: 'anywhere' }}>
                    {error}
                  </Text>
                )}
                {!is_fresh && (
                  <Text size="xs" c="dimmed">
                    too old to count
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <StatusBadge status={state} />
              </Table.Td>
              <Table.Td ta="right">{error ? NOTHING : formatDuration(latency_ms)}</Table.Td>
              <Table.Td>
                <Ago at={since} />
              </Table.Td>
              <Table.Td>
                <Ago at={checked_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
