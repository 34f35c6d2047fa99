import { Button, Card, Group, Modal, Text, Title } from '@mantine/core';
import { IconUserCheck, IconUserOff, IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { PageHeader } from '@/components/ui/display/page-header';
import { StatusBadge, ToneBadge } from '@/components/ui/display/status-badge';
import { Ago, Time } from '@/components/ui/display/time';
import { notifyDone, notifyFailure } from '@/components/ui/feedback/notify';
import type { Column, RowAction } from '@/components/ui/list/column';
import { DataList } from '@/components/ui/list/data-list';
import { notifyUndo } from '@/components/ui/feedback/undo';
import { useAsk } from '@/components/ui/overlay/ask';
import { plural } from '@/lib/format/numbers';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMe } from '@/lib/session/me';
import { useDisableUser } from '../api/disable-user';
import { useEnableUser } from '../api/enable-user';
import { useUsers, useWaitingUsers, type User } from '../api/list-users';
import { ApproveForm } from './approve-form';
import { UserStatusFilter } from './members-page';
import { peopleRequest, type PeopleSearch } from './people-search';
import { Person, RoleText } from './person';

const COLUMNS = (myId: string | undefined): Column<User>[] => [
  {
    id: 'name',
    header: 'User',
    isFixed: true,
    cell: ({ id, name, email }) => <Person name={name} email={email} isMe={id === myId} />,
  },
  { id: 'status', header: 'Status', width: 150, cell: ({ status }) => <StatusBadge status={status} /> },
  {
    id: 'role',
    header: 'Role here',
    width: 190,
    cell: ({ role, mask_money }) => (role ? <RoleText role={role} maskMoney={mask_money} /> : 'No member'),
  },
  {
    id: 'installation',
    header: 'Installation',
    width: 140,
    cell: ({ is_installation_admin }) =>
      is_installation_admin ? <ToneBadge tone="info">Administrator</ToneBadge> : '',
  },
  {
    id: 'seen',
    header: 'Last sign-in',
    width: 120,
    cell: ({ last_sign_in_at }) => (last_sign_in_at ? <Ago at={last_sign_in_at} /> : 'Never'),
  },
  {
    id: 'since',
    header: 'Known since',
    width: 130,
    cell: ({ created_at }) => <Time at={created_at} precision="day" />,
  },
];

export function UsersPage({ search }: { search: PeopleSearch }) {
  const url = useUrlSearch(search);
  const query = useUsers(peopleRequest(search));
  const me = useMe();
  const isAdmin = me?.is_installation_admin ?? false;
  const [approved, setApproved] = useState<User>();
  const { mutateAsync: disable } = useDisableUser();
  const { mutateAsync: enable } = useEnableUser();
  const ask = useAsk();

  const enableNow = ({ id, email }: User) =>
    enable(id).then(
      ({ status }) =>
        notifyDone(status === 'active' ? `${email} may sign in again` : `${email} waits for approval again`),
      (error: unknown) => notifyFailure(`${email} is still disabled`, error),
    );

  async function askAndDisable(user: User) {
    const isSure = await ask({
      title: `Disable ${user.email}?`,
      body: 'All their sessions end at once, in all workspaces, and they cannot sign in. What they made stays.',
      confirm: 'Disable',
      isDangerous: true,
    });
    if (!isSure) return;
    await disable(user.id).then(
      () => notifyUndo(`${user.email} is disabled`, () => enable(user.id)),
      (error: unknown) => notifyFailure(`${user.email} is not disabled`, error),
    );
  }

  const rowActions = (row: User): RowAction[] => {
    const isMe = row.id === me?.user?.id;
    return [
      row.status === 'pending_approval'
        ? { label: 'Approve…', icon: <IconUserCheck size={15} />, run: () => setApproved(row) }
        : null,
      row.status === 'active' && !row.role
        ? { label: 'Add to a workspace…', icon: <IconUserPlus size={15} />, run: () => setApproved(row) }
        : null,
      row.status === 'disabled'
        ? { label: 'Enable', icon: <IconUserCheck size={15} />, run: () => void enableNow(row) }
        : {
            label: isMe ? 'Disable… (not oneself)' : 'Disable…',
            icon: <IconUserOff size={15} />,
            isDangerous: true,
            isDisabled: isMe,
            run: () => void askAndDisable(row),
          },
    ];
  };

  return (
    <>
      <PageHeader
        title="Users"
        description={
          isAdmin
            ? 'Everybody who has signed in or was invited, in all workspaces.'
            : 'Members of this workspace. Those who wait for approval are shown to the installation’s administrator, who alone approves, disables and enables.'
        }
      />
      {isAdmin && <Waiting onApprove={setApproved} />}
      <DataList
        name="users"
        noun="users"
        columns={COLUMNS(me?.user?.id)}
        query={query}
        url={url}
        rowId={({ id }) => id}
        rowName={({ name, email }) => name || email}
        rowActions={isAdmin ? rowActions : undefined}
        filters={<UserStatusFilter value={search.state} onChange={(state) => url.change({ state })} />}
        empty={{ title: 'No users', text: 'Whoever signs in for the first time shows here.' }}
      />
      <Modal
        opened={approved !== undefined}
        onClose={() => setApproved(undefined)}
        title={approved?.status === 'active' ? `Add ${approved.email}` : `Approve ${approved?.email ?? ''}`}
      >
        {approved && <ApproveForm user={approved} onClose={() => setApproved(undefined)} />}
      </Modal>
    </>
  );
}

/** Before all else: somebody cannot work until this is done. */
function Waiting({ onApprove }: { onApprove: (user: User) => void }) {
  const { data } = useWaitingUsers(true);
  const waiting = data?.items ?? [];
  if (waiting.length === 0) return null;
  return (
    <Card mb="md" padding="sm" component="section" aria-label="Waiting for approval">
      <Title order={2} fz={14} mb={6}>
        {plural(data?.total ?? 0, 'person', 'people')} waiting for approval
      </Title>
      {waiting.map((user) => (
        <Group key={user.id} justify="space-between" py={6} gap="xs">
          <div style={{ minWidth: 0 }}>
            <Person name={user.name} email={user.email} />
            <Text size="xs" c="dimmed">
              Since <Ago at={user.created_at} />
            </Text>
          </div>
          <Button size="compact-sm" onClick={() => onApprove(user)} aria-label={`Approve ${user.email}`}>
            Approve…
          </Button>
        </Group>
      ))}
    </Card>
  );
}
