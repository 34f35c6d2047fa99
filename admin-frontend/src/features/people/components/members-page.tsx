import { Button, Modal, Select, Text } from '@mantine/core';
import { IconUserEdit, IconUserMinus, IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { PageHeader } from '@/components/ui/display/page-header';
import { StatusBadge, words } from '@/components/ui/display/status-badge';
import { Ago, Time } from '@/components/ui/display/time';
import { notifyDone, notifyFailure } from '@/components/ui/feedback/notify';
import type { Column, RowAction } from '@/components/ui/list/column';
import { DataList } from '@/components/ui/list/data-list';
import { useAsk } from '@/components/ui/overlay/ask';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMe } from '@/lib/session/me';
import { useMembers, type Member } from '../api/list-members';
import { useRemoveMember } from '../api/remove-member';
import { InviteForm } from './invite-form';
import { MemberForm } from './member-form';
import { peopleRequest, USER_STATUSES, type PeopleSearch } from './people-search';
import { Person, RoleText } from './person';

const COLUMNS = (myId: string | undefined): Column<Member>[] => [
  {
    id: 'name',
    header: 'Member',
    isFixed: true,
    cell: ({ id, name, email }) => <Person name={name} email={email} isMe={id === myId} />,
  },
  {
    id: 'role',
    header: 'Role',
    width: 190,
    cell: ({ role, mask_money }) => <RoleText role={role} maskMoney={mask_money} />,
  },
  { id: 'status', header: 'Status', width: 140, cell: ({ status }) => <StatusBadge status={status} /> },
  {
    id: 'seen',
    header: 'Last sign-in',
    width: 120,
    cell: ({ last_sign_in_at }) => (last_sign_in_at ? <Ago at={last_sign_in_at} /> : 'Never'),
  },
  {
    id: 'since',
    header: 'Member since',
    width: 130,
    cell: ({ created_at }) => <Time at={created_at} precision="day" />,
  },
];

export function MembersPage({ search }: { search: PeopleSearch }) {
  const url = useUrlSearch(search);
  const query = useMembers(peopleRequest(search));
  const me = useMe();
  const [isInviting, setInviting] = useState(false);
  const [changed, setChanged] = useState<Member>();
  const { mutateAsync: remove } = useRemoveMember();
  const ask = useAsk();
  const isOwner = me?.role === 'owner';

  async function askAndRemove({ id, name, email }: Member) {
    const who = name || email;
    const isMe = id === me?.user?.id;
    const isSure = await ask({
      title: isMe ? 'Leave this workspace?' : `Remove ${who}?`,
      body: isMe
        ? 'From your next request on it does not exist for you. Somebody else has to invite you again.'
        : 'From their next request on this workspace does not exist for them. What they made stays. They can be invited again.',
      confirm: isMe ? 'Leave' : 'Remove',
      isDangerous: true,
    });
    if (!isSure) return;
    await remove(id).then(
      () => notifyDone(`${who} is no member any more`),
      (error: unknown) => notifyFailure(`${who} is still a member`, error),
    );
  }

  const rowActions = (row: Member): RowAction[] => {
    const isOutOfReach = row.role === 'owner' && !isOwner;
    const why = isOutOfReach ? ' (owners only)' : '';
    return [
      {
        label: `Change role…${why}`,
        icon: <IconUserEdit size={15} />,
        isDisabled: isOutOfReach,
        run: () => setChanged(row),
      },
      {
        label: `${row.id === me?.user?.id ? 'Leave…' : 'Remove…'}${why}`,
        icon: <IconUserMinus size={15} />,
        isDangerous: true,
        isDisabled: isOutOfReach,
        run: () => void askAndRemove(row),
      },
    ];
  };

  const invite = (
    <Button leftSection={<IconUserPlus size={16} />} onClick={() => setInviting(true)}>
      Invite
    </Button>
  );

  return (
    <>
      <PageHeader
        title="Members"
        description={
          <>
            Who works in “{me?.workspace?.name}”. Only owners change owners, and a workspace keeps at least
            one owner who can sign in.
          </>
        }
        actions={invite}
      />
      <DataList
        name="members"
        noun="members"
        columns={COLUMNS(me?.user?.id)}
        query={query}
        url={url}
        rowId={({ id }) => id}
        rowName={({ name, email }) => name || email}
        rowActions={rowActions}
        filters={<UserStatusFilter value={search.state} onChange={(state) => url.change({ state })} />}
        empty={{ title: 'No members', text: 'Invite the people you work with.', action: invite }}
      />
      <Modal opened={isInviting} onClose={() => setInviting(false)} title="Invite a member">
        <InviteForm onClose={() => setInviting(false)} />
      </Modal>
      <Modal
        opened={changed !== undefined}
        onClose={() => setChanged(undefined)}
        title={`Role of ${changed?.name || changed?.email || ''}`}
      >
        {changed && (
          <>
            {changed.id === me?.user?.id && (
              <Text size="sm" mb="sm" style={{ color: 'var(--tf-warn)' }}>
                This is you: with a lower role you may not be able to come back to this page.
              </Text>
            )}
            <MemberForm member={changed} onClose={() => setChanged(undefined)} />
          </>
        )}
      </Modal>
    </>
  );
}

type FilterProps = {
  value: PeopleSearch['state'];
  onChange: (value: PeopleSearch['state']) => void;
};

export function UserStatusFilter({ value, onChange }: FilterProps) {
  return (
    <Select
      aria-label="Status"
      placeholder="Any status"
      clearable
      w={170}
      data={USER_STATUSES.map((each) => ({ value: each, label: words(each) }))}
      value={value ?? null}
      onChange={(next) => onChange(USER_STATUSES.find((each) => each === next))}
    />
  );
}
