import { Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { StatusBadge, ToneBadge, type Tone } from '@/components/ui/display/status-badge';
import type { Column } from '@/components/ui/list/column';
import { DataTable } from '@/components/ui/list/data-table';
import { formatCount, plural } from '@/lib/format/numbers';
import type { ImportAnswer } from '../api/import-workspace';
import { kindAt } from './read-file';

type Item = ImportAnswer['items'][number];

const TONES: Record<Item['outcome'], Tone> = { created: 'good', updated: 'warn', unchanged: 'neutral' };

function columns(isTaken: boolean): Column<Item>[] {
  const outcomes: Record<Item['outcome'], string> = isTaken
    ? { created: 'created', updated: 'updated', unchanged: 'unchanged' }
    : { created: 'would be created', updated: 'would be updated', unchanged: 'unchanged' };
  return [
    {
      id: 'name',
      header: 'Name',
      cell: ({ name }) => (
        <Text span size="sm" fw={500}>
          {name}
        </Text>
      ),
    },
    { id: 'kind', header: 'Kind', width: 160, cell: ({ path }) => kindAt(path) },
    {
      id: 'outcome',
      header: 'Outcome',
      width: 170,
      cell: ({ outcome }) => <StatusBadge status={outcomes[outcome]} tone={TONES[outcome]} />,
    },
    {
      id: 'secret',
      header: 'Secret',
      width: 160,
      cell: ({ needs_secret }) => needs_secret && <ToneBadge tone="warn">To be entered</ToneBadge>,
    },
  ];
}

/** What became of each thing of the file, or would. */
export function ImportResult({ answer }: { answer: ImportAnswer }) {
  const { items, rates, mode } = answer;
  const isTaken = mode === 'merge';
  const [filter, setFilter] = useState('changes');
  const count = (outcome: Item['outcome']) => items.filter((item) => item.outcome === outcome).length;
  const secrets = items.filter(({ needs_secret }) => needs_secret).length;
  const shown = useMemo(
    () =>
      filter === 'all'
        ? items
        : items.filter(({ outcome, needs_secret }) => outcome !== 'unchanged' || needs_secret),
    [items, filter],
  );
  const definitions = useMemo(() => columns(isTaken), [isTaken]);
  const verb = isTaken ? '' : 'to be ';
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <Text size="sm" role="status">
          {formatCount(count('created'))} {verb}created, {formatCount(count('updated'))} {verb}updated,{' '}
          {formatCount(count('unchanged'))} unchanged
          {rates > 0 && `, ${plural(rates, 'currency rate')} ${isTaken ? 'written' : 'to be written'}`}
        </Text>
        <SegmentedControl
          aria-label="Which things are listed"
          value={filter}
          onChange={setFilter}
          data={[
            { value: 'changes', label: 'Changes' },
            { value: 'all', label: 'All' },
          ]}
        />
      </Group>
      {secrets > 0 && (
        <Text size="sm" style={{ color: 'var(--tf-warn)' }}>
          {plural(secrets, 'thing')} had a secret, which is not in the file: enter{' '}
          {secrets === 1 ? 'it' : 'them'} after the import.
        </Text>
      )}
      {shown.length === 0 ? (
        <Text size="sm" c="dimmed">
          All of the file is in the workspace just so already.
        </Text>
      ) : (
        <DataTable
          label="Things of the file"
          columns={definitions}
          rows={shown}
          rowId={({ path }) => path}
          rowName={({ name }) => name}
          isVirtual={shown.length > 100}
          maxHeight={shown.length > 100 ? 420 : undefined}
        />
      )}
    </Stack>
  );
}
