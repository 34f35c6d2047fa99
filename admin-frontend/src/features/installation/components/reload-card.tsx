import { Button, Card, Group, Table, Text, Title } from '@mantine/core';
import { IconReload } from '@tabler/icons-react';
import { ToneBadge } from '@/components/ui/display/status-badge';
import { errorMessage } from '@/lib/api/error';
import { useMay, useMe } from '@/lib/session/me';
import { useReloadNodes, type Reload } from '../api/reload-nodes';

/** Nodes look for a newer configuration by themselves all the time; this is for those who cannot wait, or wonder. */
export function ReloadCard() {
  const mayOperate = useMay('operate');
  const { mutate: reload, data, error, isPending } = useReloadNodes();
  return (
    <Card>
      <Group justify="space-between" gap="md">
        <div style={{ maxWidth: 620 }}>
          <Title order={2}>Configuration of traffic nodes</Title>
          <Text size="sm" c="dimmed">
            {mayOperate
              ? 'Nodes fetch each change within seconds. Tell them to look now, and see what each one answers.'
              : 'Nodes fetch each change within seconds. Your role cannot tell them to look now: managers can.'}
          </Text>
        </div>
        <Button
          variant="default"
          leftSection={<IconReload size={16} />}
          disabled={!mayOperate}
          loading={isPending}
          onClick={() => reload()}
        >
          Reload now
        </Button>
      </Group>
      <div aria-live="polite">
        {error && (
          <Text size="sm" mt="sm" style={{ color: 'var(--tf-bad)' }}>
            Not asked: {errorMessage(error)}
          </Text>
        )}
        {data && !error && <Answers reload={data} />}
      </div>
    </Card>
  );
}

function Answers({ reload: { version, nodes } }: { reload: Reload }) {
  const isAdmin = useMe()?.is_installation_admin ?? false;
  if (nodes.length === 0)
    return (
      <Text size="sm" c="dimmed" mt="sm">
        This installation knows of no traffic node to ask. Nodes still fetch version {version} by themselves.
      </Text>
    );
  return (
    <Table aria-label="Answers of nodes" mt="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Node</Table.Th>
          <Table.Th scope="col">It had</Table.Th>
          <Table.Th scope="col">Answer</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {nodes.map(({ node, version: had, failed }) => (
          <Table.Tr key={node}>
            <Table.Th scope="row" fw={500} style={{ overflowWrap: 'anywhere' }}>
              {isAdmin ? node : `Node ${node}`}
            </Table.Th>
            <Table.Td>{had === null || had === undefined ? '–' : `version ${had}`}</Table.Td>
            <Table.Td>
              {failed ? (
                <>
                  <ToneBadge tone="bad">Not reached</ToneBadge>{' '}
                  <Text span size="xs" c="dimmed">
                    {failed}
                  </Text>
                </>
              ) : had === version ? (
                <ToneBadge tone="good">Up to date</ToneBadge>
              ) : (
                <ToneBadge tone="info">Fetches version {version}</ToneBadge>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
