import { Button, List, Modal, Text, Tooltip } from '@mantine/core';
import { IconKeyOff, IconPencil, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { PageHeader } from '@/components/ui/display/page-header';
import { ToneBadge } from '@/components/ui/display/status-badge';
import { Ago, Time } from '@/components/ui/display/time';
import { notifyDone, notifyFailure } from '@/components/ui/feedback/notify';
import type { Column, RowAction } from '@/components/ui/list/column';
import { DataList } from '@/components/ui/list/data-list';
import { useAsk } from '@/components/ui/overlay/ask';
import { plural } from '@/lib/format/numbers';
import { listRequest, type ListSearch } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import type { CreatedKey } from '../api/create-key';
import { useKeys, type ApiKey } from '../api/list-keys';
import { useRevokeKey } from '../api/revoke-key';
import { KeyForm } from './key-form';
import { RenameForm } from './rename-form';
import { SCOPES } from './scopes';
import { SecretDialog } from './secret-dialog';

const COLUMNS: Column<ApiKey>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    cell: ({ name }) => (
      <Text span size="sm" fw={500}>
        {name}
      </Text>
    ),
  },
  {
    id: 'scopes',
    header: 'Scopes',
    width: 210,
    cell: ({ scopes }) => (
      <Tooltip
        label={
          <List size="xs">
            {scopes.map((scope) => (
              <List.Item key={scope}>{SCOPES[scope].label}</List.Item>
            ))}
          </List>
        }
      >
        {/* The list of scopes is for keyboards, too. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <span tabIndex={0}>
          {scopes[0] && scopes.length === 1 ? SCOPES[scopes[0]].label : plural(scopes.length, 'scope')}
        </span>
      </Tooltip>
    ),
  },
  {
    id: 'money',
    header: 'Amounts',
    width: 90,
    cell: ({ mask_money }) => (mask_money ? 'Hidden' : 'Shown'),
  },
  {
    id: 'expires',
    header: 'Valid until',
    width: 170,
    cell: ({ expires_at, is_expired }) =>
      is_expired ? (
        <ToneBadge tone="bad">Expired</ToneBadge>
      ) : expires_at ? (
        <Time at={expires_at} />
      ) : (
        'For ever'
      ),
  },
  {
    id: 'used',
    header: 'Last used',
    width: 110,
    cell: ({ last_used_at }) => (last_used_at ? <Ago at={last_used_at} /> : 'Never'),
  },
  { id: 'by', header: 'Made by', width: 190, cell: ({ created_by }) => created_by.name },
  { id: 'created', header: 'Made', width: 110, cell: ({ created_at }) => <Ago at={created_at} /> },
];

export function KeysPage({ search }: { search: ListSearch }) {
  const url = useUrlSearch(search);
  const { limit, offset, q } = listRequest(search);
  const query = useKeys({ limit, offset, ...(q && { q }) });
  const [isMaking, setMaking] = useState(false);
  const [created, setCreated] = useState<CreatedKey>();
  const [renamed, setRenamed] = useState<ApiKey>();
  const { mutateAsync: revoke } = useRevokeKey();
  const ask = useAsk();

  async function askAndRevoke({ id, name, last_used_at }: ApiKey) {
    const isSure = await ask({
      title: `Revoke “${name}”?`,
      body: (
        <>
          It stops working at once and for good.{' '}
          {last_used_at ? (
            <>
              It was last used <Ago at={last_used_at} />.
            </>
          ) : (
            'It was never used.'
          )}
        </>
      ),
      confirm: 'Revoke',
      isDangerous: true,
    });
    if (!isSure) return;
    await revoke(id).then(
      () => notifyDone(`“${name}” is revoked`),
      (error: unknown) => notifyFailure(`“${name}” is not revoked`, error),
    );
  }

  const rowActions = (row: ApiKey): RowAction[] => [
    { label: 'Rename…', icon: <IconPencil size={15} />, run: () => setRenamed(row) },
    {
      label: 'Revoke…',
      icon: <IconKeyOff size={15} />,
      isDangerous: true,
      run: () => void askAndRevoke(row),
    },
  ];

  const make = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
      New key
    </Button>
  );

  return (
    <>
      <PageHeader
        title="API keys"
        description="For scripts and other programs. What a key may stays as it was made: for anything else make another one."
        actions={make}
      />
      <DataList
        name="api-keys"
        noun="API keys"
        columns={COLUMNS}
        query={query}
        url={url}
        rowId={({ id }) => id}
        rowName={({ name }) => name}
        rowActions={rowActions}
        empty={{
          title: 'No API keys yet',
          text: 'A key lets a program do what you allow it, in this workspace: fetch reports, upload costs, change campaigns.',
          action: make,
        }}
      />
      <Modal opened={isMaking} onClose={() => setMaking(false)} title="New API key" size="lg">
        <KeyForm
          onClose={() => setMaking(false)}
          onCreated={(key) => {
            setMaking(false);
            setCreated(key);
          }}
        />
      </Modal>
      {created && <SecretDialog created={created} onClose={() => setCreated(undefined)} />}
      <Modal opened={renamed !== undefined} onClose={() => setRenamed(undefined)} title="Rename the key">
        {renamed && <RenameForm apiKey={renamed} onClose={() => setRenamed(undefined)} />}
      </Modal>
    </>
  );
}
