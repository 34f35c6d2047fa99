import { Card, Table, Text } from '@mantine/core';
import { Time } from '@/components/ui/display/time';
import { ErrorNotice, Notice } from '@/components/ui/feedback/pages';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { formatCount } from '@/lib/format/numbers';
import { useErrorKinds } from '../api/error-kinds';
import { topicName } from './topics';

/** What goes wrong, and how often: what quotes and numbers differ in is one kind. */
export function ErrorKinds({ range }: { range: { from: string; to: string } }) {
  const { data, error, refetch } = useErrorKinds(range, true);
  if (error && !data) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  return (
    <Card p={0}>
      {!data ? (
        <ListSkeleton />
      ) : data.items.length === 0 ? (
        <Notice title="No ingestion errors in these days">Every event was taken in.</Notice>
      ) : (
        <Table.ScrollContainer minWidth={680}>
          <Table aria-label="Kinds of errors">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Error</Table.Th>
                <Table.Th scope="col">Topic</Table.Th>
                <Table.Th scope="col" ta="right">
                  Count
                </Table.Th>
                <Table.Th scope="col">First</Table.Th>
                <Table.Th scope="col">Last</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.items.map(({ topic, error: kind, count, first_at, last_at }) => (
                <Table.Tr key={`${topic} ${kind}`}>
                  <Table.Td>
                    <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                      {kind}
                    </Text>
                  </Table.Td>
                  <Table.Td>{topicName(topic)}</Table.Td>
                  <Table.Td ta="right">{formatCount(count)}</Table.Td>
                  <Table.Td>
                    <Time at={first_at} />
                  </Table.Td>
                  <Table.Td>
                    <Time at={last_at} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Card>
  );
}
