import { Button, Group, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { PageHeader } from '@/components/ui/display/page-header';
import { May } from '@/components/ui/feedback/may';
import { ErrorNotice, Notice } from '@/components/ui/feedback/pages';
import { notifyUndo } from '@/components/ui/feedback/undo';
import { BulkBar } from '@/components/ui/list/bulk-bar';
import type { BulkAction, Column } from '@/components/ui/list/column';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { DataTable } from '@/components/ui/list/data-table';
import { ListSearchField, ListToolbar } from '@/components/ui/list/list-toolbar';
import { formatCount, plural } from '@/lib/format/numbers';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMay } from '@/lib/session/me';
import { useAddEntries } from '../api/add-entries';
import { botListsOptions } from '../api/bot-lists';
import { useRemoveEntries } from '../api/remove-entries';
import { AddEntries } from './add-entries';
import type { BotListSearch } from './bot-list-search';
import { EditAsText } from './edit-as-text';
import { clientListOf, entriesOf, idOf, KINDS, matching, nameOf, type Entry, type Kind } from './entries';

const KIND_NAMES: Kind[] = ['ip', 'asn', 'user_agent'];

const COLUMNS: Column<Entry>[] = [
  { id: 'value', header: 'Entry', isFixed: true, cell: nameOf },
  { id: 'kind', header: 'Kind', width: 160, cell: ({ kind }) => KINDS[kind] },
];

const ABOUT = {
  bots: 'Clients that are bots, whatever else is known of them.',
  people: 'Clients that are people, whatever else is known of them. Stronger than the list of bots.',
};

export function BotListsPage({ search }: { search: BotListSearch }) {
  const url = useUrlSearch(search);
  const list = search.list ?? 'bots';
  const { data: lists, error, refetch } = useQuery(botListsOptions);
  const [mode, setMode] = useState<'list' | 'add' | 'text'>('list');
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { mutateAsync: add } = useAddEntries();
  const { mutateAsync: remove } = useRemoveEntries();
  const mayWrite = useMay('config:write');

  const all = useMemo(() => (lists ? entriesOf(lists[list]) : []), [lists, list]);
  const shown = useMemo(() => matching(all, search.q ?? '', search.kind), [all, search.q, search.kind]);
  const chosen = shown.filter((entry) => selected.has(idOf(entry)));

  async function take(entries: Entry[]) {
    await remove({ list, ...clientListOf(entries) });
    const [first] = entries;
    const what =
      entries.length === 1 && first ? `“${nameOf(first)}”` : plural(entries.length, 'entry', 'entries');
    notifyUndo(`${what} removed`, () => add({ list, ...clientListOf(entries) }));
  }

  const bulk: BulkAction<Entry>[] = [
    { label: 'Remove', icon: <IconTrash size={15} />, isDangerous: true, run: take },
  ];
  const addButton = (
    <May permission="config:write">
      <Button leftSection={<IconPlus size={16} />} onClick={() => setMode('add')}>
        Add entries
      </Button>
    </May>
  );

  return (
    <>
      <PageHeader
        title="Bot lists"
        description={ABOUT[list]}
        actions={
          mode === 'list' && (
            <May permission="config:write">
              <Button variant="default" disabled={!lists} onClick={() => setMode('text')}>
                Edit as text
              </Button>
              {addButton}
            </May>
          )
        }
      />
      <Stack gap="xs">
        <SegmentedControl
          aria-label="List"
          w="fit-content"
          size="sm"
          data={[
            { value: 'bots', label: `Bots${lists ? ` (${formatCount(entriesOf(lists.bots).length)})` : ''}` },
            {
              value: 'people',
              label: `People${lists ? ` (${formatCount(entriesOf(lists.people).length)})` : ''}`,
            },
          ]}
          value={list}
          onChange={(next) => {
            setSelected(new Set());
            setMode('list');
            url.change({ list: next === 'people' ? 'people' : undefined });
          }}
        />
        {mode === 'add' && <AddEntries key={list} list={list} onDone={() => setMode('list')} />}
        {mode === 'text' && lists && (
          <EditAsText key={list} list={list} lists={lists} onDone={() => setMode('list')} />
        )}
        {mode !== 'text' && (
          <>
            {chosen.length > 0 ? (
              <BulkBar rows={chosen} actions={bulk} onDone={() => setSelected(new Set())} />
            ) : (
              <ListToolbar>
                <ListSearchField
                  placeholder="Search entries"
                  value={search.q ?? ''}
                  onChange={(q) => url.change({ q: q || undefined })}
                />
                <Select
                  aria-label="Kind"
                  placeholder="Any kind"
                  w={150}
                  clearable
                  data={KIND_NAMES.map((kind) => ({ value: kind, label: KINDS[kind] }))}
                  value={search.kind ?? null}
                  onChange={(next) => url.change({ kind: KIND_NAMES.find((kind) => kind === next) })}
                />
              </ListToolbar>
            )}
            <Stack
              gap={0}
              bg="var(--mantine-color-body)"
              style={{ border: '1px solid var(--tf-line)', borderRadius: 8, overflow: 'hidden' }}
            >
              {error && !lists ? (
                <ErrorNotice error={error} onRetry={() => void refetch()} />
              ) : !lists ? (
                <ListSkeleton />
              ) : all.length === 0 ? (
                <Notice
                  title={
                    list === 'bots' ? 'No entries in the list of bots' : 'No entries in the list of people'
                  }
                  actions={mode === 'list' && addButton}
                >
                  Bots are found by their behaviour and origin, too. Add those that you know better.
                </Notice>
              ) : shown.length === 0 ? (
                <Notice
                  title="No entries match"
                  actions={
                    <Button variant="default" onClick={() => url.change({ q: undefined, kind: undefined })}>
                      Clear search and filter
                    </Button>
                  }
                >
                  Nothing fits what you search or filter by.
                </Notice>
              ) : (
                <>
                  <DataTable
                    label="Entries"
                    columns={COLUMNS}
                    rows={shown}
                    rowId={idOf}
                    rowName={nameOf}
                    isVirtual
                    maxHeight="60vh"
                    selection={mayWrite ? { selected, change: setSelected } : undefined}
                  />
                  <Group px="sm" py={8} style={{ borderTop: '1px solid var(--tf-line)' }}>
                    <Text size="sm" c="dimmed" role="status">
                      {shown.length === all.length
                        ? plural(all.length, 'entry', 'entries')
                        : `${formatCount(shown.length)} of ${plural(all.length, 'entry', 'entries')}`}
                    </Text>
                  </Group>
                </>
              )}
            </Stack>
          </>
        )}
      </Stack>
    </>
  );
}
