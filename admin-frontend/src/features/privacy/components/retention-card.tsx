import { Card, Group, List, SimpleGrid, Skeleton, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { ToneBadge } from '@/components/ui/display/status-badge';
import { notifyDone } from '@/components/ui/feedback/notify';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { EntityForm } from '@/components/ui/form/entity-form';
import { NumberField } from '@/components/ui/form/fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { useAsk } from '@/components/ui/overlay/ask';
import { plural } from '@/lib/format/numbers';
import { retentionOptions, useRetention, type Retention } from '../api/retention';
import { useSaveRetention } from '../api/save-retention';
import { KINDS, RETENTION_LABELS, retentionSchema, retentionValues, shortened } from './retention-values';

export function RetentionCard() {
  const { data, error, refetch } = useRetention();
  return (
    <Card>
      <Group gap="xs">
        <Title order={2}>How long events are kept</Title>
        {data && !data.is_applied && <ToneBadge tone="info">Being taken over</ToneBadge>}
      </Group>
      <Text size="sm" c="dimmed" mb="md">
        In days. An empty field keeps for ever. What is older goes for good, from reports, too.
      </Text>
      {error && !data ? (
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton h={170} />
      ) : (
        <RetentionForm retention={data} />
      )}
    </Card>
  );
}

function RetentionForm({ retention }: { retention: Retention }) {
  const client = useQueryClient();
  const { mutateAsync: save } = useSaveRetention();
  const ask = useAsk();
  const form = useEntityForm({
    schema: retentionSchema,
    entity: retention,
    toValues: retentionValues,
    save: async (values, revision) => {
      const losses = shortened(retentionValues(retention), values);
      if (losses.length > 0 && !(await isSure(losses)))
        throw new Error('Nothing was changed: not confirmed.');
      return save({ ...values, revision: revision ?? retention.revision });
    },
    reload: () => client.fetchQuery({ ...retentionOptions, staleTime: 0 }),
    onSaved: () => notifyDone('How long events are kept is saved'),
  });

  const isSure = (losses: { label: string; days: number }[]) =>
    ask({
      title: 'Keep less than before?',
      body: (
        <>
          What is older than this is removed within the day, and cannot be brought back:
          <List size="sm" mt="xs">
            {losses.map(({ label, days }) => (
              <List.Item key={label}>
                {label}: {plural(days, 'day')}
              </List.Item>
            ))}
          </List>
        </>
      ),
      confirm: 'Remove what is older',
      isDangerous: true,
    });

  return (
    <EntityForm form={form} labels={RETENTION_LABELS} isShort>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }}>
        {KINDS.map(({ name, label, text }) => (
          <NumberField
            key={name}
            control={form.control}
            name={name}
            label={label}
            description={text}
            placeholder="For ever"
            min={1}
          />
        ))}
      </SimpleGrid>
    </EntityForm>
  );
}
