import { Button, Card, Group, Modal, Table, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { StatusBadge, ToneBadge, words } from '@/components/ui/display/status-badge';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { useMe } from '@/lib/session/me';
import { session } from '@/lib/session/session';
import { useWorkspaces } from '../api/list-workspaces';
import { WorkspaceForm } from './workspace-form';

export function WorkspacesCard() {
  const { data, error, refetch } = useWorkspaces();
  const me = useMe();
  const navigate = useNavigate();
  const [isMaking, setMaking] = useState(false);
  const isAdmin = me?.is_installation_admin ?? false;
  // What is open may not exist over there.
  const enter = (id: string) => void navigate({ to: '/' }).then(() => session.enterWorkspace(id));
  return (
    <Card padding={0}>
      <Group justify="space-between" p="md" pb="xs">
        <div>
          <Title order={2}>Workspaces</Title>
          <Text size="sm" c="dimmed">
            {isAdmin
              ? 'Those that you are a member of. Each has its own campaigns, members and reports.'
              : 'Those that you are a member of. The installation’s administrator makes new ones.'}
          </Text>
        </div>
        {isAdmin && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
            New workspace
          </Button>
        )}
      </Group>
      {error && !data ? (
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <ListSkeleton rows={3} />
      ) : (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls on phones
        <div style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label="Workspaces, table">
          <Table aria-label="Workspaces" miw={480} horizontalSpacing="md">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Name</Table.Th>
                <Table.Th scope="col">Currency</Table.Th>
                <Table.Th scope="col">Your role</Table.Th>
                <Table.Td w={100} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.items.map(({ id, name, currency, role }) => (
                <Table.Tr key={id}>
                  <Table.Th scope="row" fw={500}>
                    {name}
                  </Table.Th>
                  <Table.Td>{currency}</Table.Td>
                  <Table.Td>{role ? words(role) : <StatusBadge status="none" />}</Table.Td>
                  <Table.Td ta="right">
                    {id === me?.workspace?.id ? (
                      <ToneBadge tone="info">Open</ToneBadge>
                    ) : (
                      <Button
                        size="compact-sm"
                        variant="default"
                        aria-label={`Open ${name}`}
                        onClick={() => enter(id)}
                      >
                        Open
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <Modal opened={isMaking} onClose={() => setMaking(false)} title="New workspace">
        <WorkspaceForm onClose={() => setMaking(false)} onOpen={enter} />
      </Modal>
    </Card>
  );
}
