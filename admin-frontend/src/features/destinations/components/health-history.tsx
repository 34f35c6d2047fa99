/** How its health changed: what nodes agreed on, or what each of them found. */
import { Card, Group, SegmentedControl, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { StatusBadge, words } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import type { Column } from '@/components/ui/list/column';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { DataTable } from '@/components/ui/list/data-table';
import { ListFoot } from '@/components/ui/list/list-foot';
import { NOTHING } from '@/lib/format/numbers';
import { useHealthHistory, type HealthChange, type HealthKind } from '../api/health-history';

const KINDS: { value: HealthKind; label: string }[] = [
  { value: 'agreement', label: 'Agreed' },
  { value: 'node', label: 'By node' },
];

const columns: Column<HealthChange>[] = [
  {
    id: 'at',
    header: 'When',
    width: 150,
    isFixed: true,
    cell: ({ at }) => <Time at={at} />,
  },
  {
    id: 'change',
    header: 'Change',
    width: 210,
    cell: ({ previous, current }) => (
      <Group gap={6} wrap="nowrap">
        <Text component="span" size="sm" c="dimmed">
          {words(previous)} →
        </Text>
        <StatusBadge status={current} />
      </Group>
    ),
  },
  { id: 'node', header: 'Node', width: 120, cell: ({ node_id }) => node_id ?? NOTHING },
  { id: 'error', header: 'Error', cell: ({ error }) => error || NOTHING },
];

const rowId = ({ at, kind, node_id }: HealthChange) => `${at} ${kind} ${node_id ?? ''}`;

export function HealthHistory({ id }: { id: string }) {
  const [kind, setKind] = useState<HealthKind>('agreement');
  const [{ page, size }, setPlace] = useState({ page: 1, size: 25 });
  const { data, error, isPlaceholderData, refetch } = useHealthHistory(id, {
    kind,
    limit: size,
    offset: (page - 1) * size,
  });
  return (
    <Card padding={0}>
      <Group justify="space-between" p="md">
        <Title order={2}>Health history</Title>
        <SegmentedControl
          aria-label="Whose changes"
          data={KINDS}
          value={kind}
          onChange={(next) => {
            setKind(KINDS.find(({ value }) => value === next)?.value ?? kind);
            setPlace({ page: 1, size });
          }}
        />
      </Group>
      {error && !data && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <ListSkeleton rows={3} />}
      {data?.items.length === 0 && (
        <Text size="sm" c="dimmed" px="md" pb="md">
          It has not changed in the time that logs are kept.
        </Text>
      )}
      {data && data.items.length > 0 && (
        <>
          <DataTable
            label="health changes"
            columns={columns}
            rows={data.items}
            rowId={rowId}
            rowName={({ at, current }) => `${current} at ${at}`}
            maxHeight={420}
            scrollKey={`${kind}${data.offset}`}
            isDimmed={isPlaceholderData}
          />
          <ListFoot
            offset={data.offset}
            size={size}
            shown={data.items.length}
            total={data.total ?? data.offset + data.items.length}
            onPage={(next) => setPlace({ page: next, size })}
            onSize={(next) => setPlace({ page: 1, size: next })}
          />
        </>
      )}
    </Card>
  );
}
