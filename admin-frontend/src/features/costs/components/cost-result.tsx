/** What became of a request, row by row, followed until it is done. */
import { Card, Group, List, Skeleton, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Money } from '@/components/ui/display/money';
import { StatusBadge, ToneBadge } from '@/components/ui/display/status-badge';
import { WideTable } from '@/components/ui/display/wide-table';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { formatCount, NOTHING, plural } from '@/lib/format/numbers';
import { costUpdateOptions, type CostUpdate } from '../api/cost-update';

/** Failed rows come first: they are what one has to look at. */
const SHOWN = 200;

type Row = CostUpdate['items'][number];

export function CostResult({ id }: { id: string }) {
  const { data: update, error, refetch } = useQuery(costUpdateOptions(id));
  if (!update)
    return (
      <Card>
        {error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <Skeleton h={80} />}
      </Card>
    );
  const rows = [...update.items].sort(
    (a, b) => Number(b.status === 'failed') - Number(a.status === 'failed'),
  );
  return (
    <Card>
      <Group gap="xs" mb="sm" role="status">
        <Title order={2}>{update.state === 'pending' ? 'In hand' : 'Done'}</Title>
        {update.applied > 0 && <ToneBadge tone="good">{plural(update.applied, 'row')} applied</ToneBadge>}
        {update.failed > 0 && <ToneBadge tone="bad">{plural(update.failed, 'row')} failed</ToneBadge>}
        {update.state === 'pending' && (
          <Text size="sm" c="dimmed">
            It goes on by itself, and is looked at every two seconds.
          </Text>
        )}
      </Group>
      <WideTable label="Rows" minWidth={480}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th ta="right" w={70}>
              Row
            </Table.Th>
            <Table.Th w={120}>State</Table.Th>
            <Table.Th ta="right">Clicks</Table.Th>
            <Table.Th ta="right">Cost</Table.Th>
            <Table.Th>Why not</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.slice(0, SHOWN).map((row) => (
            <ResultRow key={row.row} row={row} />
          ))}
        </Table.Tbody>
      </WideTable>
      {rows.length > SHOWN && (
        <Text size="xs" c="dimmed">
          and {formatCount(rows.length - SHOWN)} more
        </Text>
      )}
    </Card>
  );
}

function ResultRow({ row }: { row: Row }) {
  return (
    <Table.Tr>
      <Table.Td ta="right">{row.row}</Table.Td>
      <Table.Td>
        <StatusBadge status={row.status} tone={row.status === 'applied' ? 'good' : undefined} />
      </Table.Td>
      <Table.Td ta="right">{row.status === 'applied' ? formatCount(row.clicks) : NOTHING}</Table.Td>
      <Table.Td ta="right">
        {row.status === 'applied' ? <Money amount={row.cost} currency={row.currency} /> : NOTHING}
      </Table.Td>
      <Table.Td>
        {row.status === 'failed' && (
          <List size="sm" listStyleType="none">
            {row.errors.map(({ field, error }) => (
              <List.Item key={`${field} ${error}`}>
                {field}: {error}
              </List.Item>
            ))}
          </List>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
