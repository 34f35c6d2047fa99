import { Button, Card, Group, Table, Text, Title } from '@mantine/core';
import { ToneBadge } from '@/components/ui/display/status-badge';
import { Ago, Time } from '@/components/ui/display/time';
import { notifyDone, notifyFailure } from '@/components/ui/feedback/notify';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { ConfirmAction } from '@/components/ui/overlay/confirm-action';
import { plural } from '@/lib/format/numbers';
import { useEndOtherSessions } from '../api/end-other-sessions';
import { useEndSession } from '../api/end-session';
import { useSessions, type SessionShown } from '../api/sessions';
import { browserName } from './browser-name';

export function SessionsCard() {
  const { data, error, refetch } = useSessions();
  const { mutateAsync: endOthers } = useEndOtherSessions();
  const others = data?.items.filter(({ current }) => !current).length ?? 0;
  return (
    <Card padding={0}>
      <Group justify="space-between" p="md" pb="xs">
        <div>
          <Title order={2}>Where you are signed in</Title>
          <Text size="sm" c="dimmed">
            End what you do not know, and what you no longer use.
          </Text>
        </div>
        {others > 0 && (
          <ConfirmAction
            title="Sign out everywhere else?"
            body={`${plural(others, 'other session')} will end at once. This one stays.`}
            confirm="Sign out everywhere else"
            run={async () => {
              await endOthers();
              notifyDone('You are signed in here only');
            }}
          >
            Sign out everywhere else
          </ConfirmAction>
        )}
      </Group>
      {error && !data ? (
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <ListSkeleton rows={3} />
      ) : (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls on phones
        <div style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label="Sessions, table">
          <Table aria-label="Sessions" miw={560} horizontalSpacing="md">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Browser</Table.Th>
                <Table.Th scope="col">Signed in</Table.Th>
                <Table.Th scope="col">Ends</Table.Th>
                <Table.Td w={90} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.items.map((session) => (
                <SessionRow key={session.id} session={session} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Card>
  );
}

function SessionRow({ session }: { session: SessionShown }) {
  const { mutate: end, isPending } = useEndSession();
  const { id, user_agent, created_at, expires_at, current } = session;
  const name = browserName(user_agent);
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500} title={user_agent}>
        <Group gap={6} wrap="nowrap">
          {name}
          {current && <ToneBadge tone="info">This one</ToneBadge>}
        </Group>
      </Table.Th>
      <Table.Td>
        <Ago at={created_at} />
      </Table.Td>
      <Table.Td>
        <Time at={expires_at} />
      </Table.Td>
      <Table.Td ta="right">
        {!current && (
          <Button
            size="compact-sm"
            variant="default"
            loading={isPending}
            aria-label={`End the session of ${name}`}
            onClick={() =>
              end(id, {
                onSuccess: () => notifyDone(`The session of ${name} has ended`),
                onError: (error) => notifyFailure('The session was not ended', error),
              })
            }
          >
            End
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
