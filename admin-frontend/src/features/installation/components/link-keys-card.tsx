import { Button, Card, Group, Table, Text, Title, Tooltip } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { ToneBadge } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { notifyDone } from '@/components/ui/feedback/notify';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { ConfirmAction } from '@/components/ui/overlay/confirm-action';
import { useMe } from '@/lib/session/me';
import { useLinkKeys, type LinkKey } from '../api/link-keys';
import { useRevokeLinkKey } from '../api/revoke-link-key';
import { useRotateLinkKey } from '../api/rotate-link-key';

export function LinkKeysCard() {
  const { data, error, refetch } = useLinkKeys();
  const isAdmin = useMe()?.is_installation_admin ?? false;
  const { mutateAsync: rotate } = useRotateLinkKey();
  return (
    <Card padding={0}>
      <Group justify="space-between" p="md" pb="xs">
        <div>
          <Title order={2}>Keys of signed links</Title>
          <Text size="sm" c="dimmed">
            Links of all workspaces are signed with the latest one.
            {!isAdmin && ' The installation’s administrator alone rotates and revokes them.'}
          </Text>
        </div>
        {isAdmin && (
          <ConfirmAction
            title="Sign new links with a new key?"
            body="Links that were signed before stay good until their key is revoked."
            confirm="Rotate"
            isDangerous={false}
            leftSection={<IconRefresh size={16} />}
            run={async () => {
              await rotate();
              notifyDone('New links are signed with a new key');
            }}
          >
            Rotate
          </ConfirmAction>
        )}
      </Group>
      {error && !data ? (
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <ListSkeleton rows={2} />
      ) : (
        <Table aria-label="Keys of signed links" horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Key</Table.Th>
              <Table.Th scope="col">Made</Table.Th>
              <Table.Td w={110} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.items.map((key) => (
              <KeyRow key={key.id} linkKey={key} isAdmin={isAdmin} />
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Card>
  );
}

function KeyRow({ linkKey: { id, created_at, signs }, isAdmin }: { linkKey: LinkKey; isAdmin: boolean }) {
  const { mutateAsync: revoke } = useRevokeLinkKey();
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>
        <Group gap={6}>
          Key {id}
          {signs && <ToneBadge tone="good">Current</ToneBadge>}
        </Group>
      </Table.Th>
      <Table.Td>
        <Time at={created_at} />
      </Table.Td>
      <Table.Td ta="right">
        {isAdmin &&
          (signs ? (
            <Tooltip label="It signs new links: rotate first">
              <Button
                size="compact-sm"
                variant="default"
                data-disabled
                aria-disabled
                aria-label={`Revoke key ${id}`}
              >
                Revoke
              </Button>
            </Tooltip>
          ) : (
            <ConfirmAction
              title={`Revoke key ${id}?`}
              body="Every link that it signed stops working at once and for good, in all workspaces."
              confirm="Revoke"
              size="compact-sm"
              aria-label={`Revoke key ${id}`}
              run={async () => {
                await revoke(id);
                notifyDone(`Key ${id} is revoked`);
              }}
            >
              Revoke
            </ConfirmAction>
          ))}
      </Table.Td>
    </Table.Tr>
  );
}
