import { Button, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useFieldArray } from 'react-hook-form';
import { EntityForm } from '@/components/ui/form/entity-form';
import { SelectField, TextField } from '@/components/ui/form/fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { slugFrom } from '@/lib/format/slug';
import { useMay } from '@/lib/session/me';
import { useSaveSource } from '../api/save-source';
import { sourceOptions, type Source } from '../api/source';
import { PostbackFields } from './postback-fields';
import { NEW_POSTBACK, SOURCE_LABELS, sourceSchema, sourceValues, type SourceValues } from './source-values';

type Props = {
  source: Source | undefined;
  /** What a new one begins with. */
  start?: SourceValues;
  onSaved: (source: Source) => void;
  onCancel?: () => void;
};

const STATUSES = [
  { value: 'active', label: 'Active' },
  { value: 'paused', label: 'Paused' },
];

export function SourceForm({ source, start, onSaved, onCancel }: Props) {
  const client = useQueryClient();
  const { mutateAsync: save } = useSaveSource();
  const mayWrite = useMay('config:write');
  const entityForm = useEntityForm({
    schema: sourceSchema,
    entity: source,
    start,
    toValues: sourceValues,
    save: (input, revision) =>
      save({ input, existing: source && revision !== undefined ? { id: source.id, revision } : undefined }),
    reload: source && (() => client.fetchQuery({ ...sourceOptions(source.id), staleTime: 0 })),
    onSaved,
  });
  const { control, form } = entityForm;
  const postbacks = useFieldArray({ control, name: 'postbacks', keyName: 'key' });

  return (
    <EntityForm
      form={entityForm}
      submitLabel={source ? 'Save' : 'Create source'}
      onCancel={onCancel}
      labels={SOURCE_LABELS}
      isReadOnly={!mayWrite}
    >
      <Stack gap="md">
        <Card>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <TextField
              control={control}
              name="name"
              label="Name"
              required
              autoFocus={!source}
              onInput={(event) => {
                // A slug that nobody has chosen follows the name.
                if (!source && !form.getFieldState('slug').isTouched)
                  form.setValue('slug', slugFrom(event.currentTarget.value));
              }}
            />
            <TextField
              control={control}
              name="slug"
              label="Slug"
              required
              description="Clicks may name it as ?source=…"
            />
            <SelectField
              control={control}
              name="status"
              label="Status"
              data={
                source?.status === 'archived'
                  ? [...STATUSES, { value: 'archived', label: 'Archived' }]
                  : STATUSES
              }
            />
          </SimpleGrid>
        </Card>
        <Group justify="space-between" align="flex-end">
          <div>
            <Title order={2}>Postbacks</Title>
            <Text size="sm" c="dimmed">
              Calls to the source when a conversion of one of its clicks is new or changes.
            </Text>
          </div>
          <Button
            variant="default"
            leftSection={<IconPlus size={16} />}
            onClick={() => postbacks.append(NEW_POSTBACK)}
          >
            Add a postback
          </Button>
        </Group>
        {postbacks.fields.length === 0 && (
          <Card>
            <Text size="sm" c="dimmed">
              None: the source hears nothing of conversions.
            </Text>
          </Card>
        )}
        {postbacks.fields.map(({ key }, at) => (
          <PostbackFields key={key} control={control} at={at} onRemove={() => postbacks.remove(at)} />
        ))}
      </Stack>
    </EntityForm>
  );
}
