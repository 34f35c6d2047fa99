/** Who refers to an entity: a card of links, with its loading and its failure. */
import { Button, Card, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { EntityKind } from '@/lib/entities/entities';
import { errorMessage } from '@/lib/api/error';
import { formatCount } from '@/lib/format/numbers';
import { StatusBadge } from '../display/status-badge';
import { EntityLink } from './entity-name';

type User = { id: string; name: string; status?: string };

type Props = {
  title: string;
  kind: EntityKind;
  query: UseQueryResult<{ items: User[]; total: number }>;
  /** Said when nobody does. */
  none: string;
};

export function UsedBy({ title, kind, query, none }: Props) {
  const { data, error, refetch } = query;
  return (
    <Card>
      <Title order={2} mb="xs">
        {title}
      </Title>
      {!data && !error && <Skeleton h={14} w={180} my={4} />}
      {error && !data && (
        <Group gap="xs">
          <Text size="sm" role="alert">
            {errorMessage(error)}
          </Text>
          <Button size="compact-sm" variant="default" onClick={() => void refetch()}>
            Try again
          </Button>
        </Group>
      )}
      {data && data.total === 0 && (
        <Text size="sm" c="dimmed">
          {none}
        </Text>
      )}
      <Stack gap={6}>
        {data?.items.map(({ id, name, status }) => (
          <Group key={id} gap="xs">
            <EntityLink kind={kind} id={id} name={name} />
            {status && status !== 'active' && <StatusBadge status={status} />}
          </Group>
        ))}
      </Stack>
      {data && data.total > data.items.length && (
        <Text size="xs" c="dimmed" mt={6}>
          and {formatCount(data.total - data.items.length)} more
        </Text>
      )}
    </Card>
  );
}
