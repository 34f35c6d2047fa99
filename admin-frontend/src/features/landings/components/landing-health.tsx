import { Card, Table, Text, Title } from '@mantine/core';
import { StatusBadge } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import { WideTable } from '@/components/ui/display/wide-table';
import { formatDuration, NOTHING } from '@/lib/format/numbers';
import type { Landing } from '../api/landing';

/** What each node finds when it probes the page. */
export function LandingHealth({ landing: { health, health_check } }: { landing: Landing }) {
  if (!health_check.enabled) return null;
  const nodes = Object.entries(health.nodes);
  return (
    <Card>
      <Title order={2} mb="xs">
        What nodes find
      </Title>
      {nodes.length === 0 ? (
        <Text size="sm" c="dimmed">
          No node has probed it yet. They do so within a minute or two.
        </Text>
      ) : (
        <WideTable label="Health by node" minWidth={480}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Node</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th ta="right">Latency</Table.Th>
              <Table.Th>Since</Table.Th>
              <Table.Th>Checked</Table.Th>
              <Table.Th>Error</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {nodes.map(([node, { state, since, latency_ms, checked_at, error }]) => (
              <Table.Tr key={node}>
                <Table.Td>{node}</Table.Td>
                <Table.Td>
                  <StatusBadge status={state} />
                </Table.Td>
                <Table.Td ta="right">{formatDuration(latency_ms)}</Table.Td>
                <Table.Td>
                  <Ago at={since} />
                </Table.Td>
                <Table.Td>
                  <Ago at={checked_at} />
                </Table.Td>
                <Table.Td>{error || NOTHING}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Card>
  );
}
