import { Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { TextLink } from '@/components/ui/display/links';
import { Section } from '@/components/ui/display/section';
import { StatTile } from '@/components/ui/display/stat-tile';
import { StatusBadge } from '@/components/ui/display/status-badge';
import type { Column } from '@/components/ui/list/column';
import { DataTable } from '@/components/ui/list/data-table';
import { formatCount } from '@/lib/format/numbers';
import type { ImportAnswer, ImportedRow } from '../api/import-conversions';

type Props = {
  answer: ImportAnswer;
  /** The rows as they were sent. */
  records: string[];
};

const COUNTS = ['accepted', 'updated', 'duplicate', 'refused'] as const;
const LABELS = { accepted: 'Accepted', updated: 'Updated', duplicate: 'Known already', refused: 'Refused' };

export function ImportResult({ answer, records }: Props) {
  const { rows, counts } = answer;
  const [isOnlyRefused, setOnlyRefused] = useState(counts.refused > 0);
  const shown = isOnlyRefused ? rows.filter(({ status }) => status === 'refused') : rows;
  const columns = useMemo(
    (): Column<ImportedRow>[] => [
      { id: 'row', header: 'Row', width: 70, align: 'right', cell: ({ row }) => formatCount(row) },
      { id: 'status', header: 'Result', width: 110, cell: ({ status }) => <StatusBadge status={status} /> },
      {
        id: 'errors',
        header: 'What is wrong',
        width: 280,
        cell: ({ errors, conversion_id }) =>
          errors.length > 0 ? (
            <Text span size="sm" c="var(--tf-bad)">
              {errors.map(({ field, error }) => `${field}: ${error}`).join('; ')}
            </Text>
          ) : (
            <TextLink to="/conversions" search={{ open: conversion_id }}>
              Open
            </TextLink>
          ),
      },
      {
        id: 'sent',
        header: 'As it was sent',
        width: 320,
        cell: ({ row }) => (
          <Text span size="xs" ff="monospace" title={records[row - 1]} truncate display="block" maw={560}>
            {records[row - 1]}
          </Text>
        ),
      },
    ],
    [records],
  );
  return (
    <Section
      order={2}
      title="What became of each row"
      actions={
        counts.refused > 0 && (
          <SegmentedControl
            aria-label="Which rows"
            data={[
              { value: 'refused', label: 'Refused' },
              { value: 'all', label: 'All' },
            ]}
            value={isOnlyRefused ? 'refused' : 'all'}
            onChange={(value) => setOnlyRefused(value === 'refused')}
          />
        )
      }
    >
      <Stack gap="sm" role="status">
        <Group grow gap="xs">
          {COUNTS.map((each) => (
            <StatTile key={each} label={LABELS[each]} value={formatCount(counts[each])} />
          ))}
        </Group>
      </Stack>
      <DataTable
        label="imported rows"
        columns={columns}
        rows={shown}
        rowId={({ row }) => String(row)}
        rowName={({ row }) => `row ${row}`}
        isVirtual
        maxHeight={480}
      />
    </Section>
  );
}
