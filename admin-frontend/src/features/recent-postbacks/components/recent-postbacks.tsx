/** The last lines of the postback log that are about one thing. */
import { Button, Card, Group, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { StatusBadge } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import { WideTable } from '@/components/ui/display/wide-table';
import { errorMessage } from '@/lib/api/error';
import { formatCount, formatDuration, NOTHING } from '@/lib/format/numbers';
import { useRecentPostbacks, type Of } from '../api/list-postbacks';

type Props = { of: Of; title: string; none: string };

export function RecentPostbacks({ of, title, none }: Props) {
  const { data, error, refetch, isFetching } = useRecentPostbacks(of);
  const isOutbound = 'target_id' in of;
  return (
    <Card>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{title}</Title>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconRefresh size={14} />}
          loading={isFetching}
          onClick={() => void refetch()}
        >
          Look again
        </Button>
      </Group>
      {!data && !error && (
        <Stack gap={10} role="status" aria-label="Loading">
          {[80, 65, 72].map((width) => (
            <Skeleton key={width} h={14} w={`${width}%`} />
          ))}
        </Stack>
      )}
      {!data && error && (
        <Text size="sm" role="alert">
          {errorMessage(error)}
        </Text>
      )}
      {data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {none}
        </Text>
      )}
      {data && data.items.length > 0 && (
        <WideTable label={title} minWidth={560}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>When</Table.Th>
              <Table.Th>Status</Table.Th>
              {isOutbound ? (
                <>
                  <Table.Th ta="right">HTTP</Table.Th>
                  <Table.Th ta="right">Took</Table.Th>
                  <Table.Th ta="right">Attempt</Table.Th>
                </>
              ) : (
                <Table.Th>Transaction</Table.Th>
              )}
              <Table.Th>Error</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.items.map((item) => (
              <Table.Tr key={item.event_id}>
                <Table.Td>
                  <Ago at={item.created_at} />
                </Table.Td>
                <Table.Td>
                  <StatusBadge status={item.status} />
                </Table.Td>
                {isOutbound ? (
                  <>
                    <Table.Td ta="right">{item.http_status || NOTHING}</Table.Td>
                    <Table.Td ta="right">{formatDuration(item.latency_ms)}</Table.Td>
                    <Table.Td ta="right">{formatCount(item.attempt)}</Table.Td>
                  </>
                ) : (
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>{item.transaction_id || NOTHING}</Table.Td>
                )}
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{item.error || NOTHING}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Card>
  );
}
