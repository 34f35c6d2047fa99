import { Card, SimpleGrid, Stack, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';
import { useWatch } from 'react-hook-form';
import { EntityForm } from '@/components/ui/form/entity-form';
import { SelectField, TagsField, TextField } from '@/components/ui/form/fields';
import { DecimalField } from '@/components/ui/form/special-fields';
import { StatusField } from '@/components/ui/form/status-field';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { words } from '@/components/ui/display/status-badge';
import type { Schemas } from '@/lib/api/client';
import { slugFrom } from '@/lib/format/slug';
import { useMay } from '@/lib/session/me';
import { useSaveTemplate, type TemplateInput } from '../api/save-template';
import { templateOptions, type Template } from '../api/template';
import { TemplateMapping } from './template-mapping';
import { TemplateSecret } from './template-secret';
import {
  TEMPLATE_LABELS,
  templateInput,
  templatePath,
  templateSchema,
  templateValues,
  type TemplateValues,
} from './template-values';

type Props = {
  template: Template | undefined;
  schema: Schemas['PostbackSchema'];
  /** What a new one begins with. */
  start?: TemplateValues;
  onSaved: (template: Template) => void;
  onCancel?: () => void;
};

export function TemplateForm({ template, schema, start, onSaved, onCancel }: Props) {
  const client = useQueryClient();
  const { mutateAsync: save } = useSaveTemplate();
  const mayWrite = useMay('config:write');
  const toValues = useCallback((of: Template | undefined) => templateValues(of, schema), [schema]);
  const sent = useRef<TemplateInput>(undefined);
  const entityForm = useEntityForm({
    schema: templateSchema,
    entity: template,
    start,
    toValues,
    save: (values, revision) => {
      const input = templateInput(values, schema);
      sent.current = input;
      return save({
        input,
        existing: template && revision !== undefined ? { id: template.id, revision } : undefined,
      });
    },
    rename: (path) => templatePath(path, sent.current),
    reload: template && (() => client.fetchQuery({ ...templateOptions(template.id), staleTime: 0 })),
    onSaved,
  });
  const { control, form } = entityForm;
  const mode = useWatch({ control, name: 'duplicates' });

  return (
    <EntityForm
      form={entityForm}
      submitLabel={template ? 'Save' : 'Create template'}
      onCancel={onCancel}
      labels={TEMPLATE_LABELS}
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
              autoFocus={!template}
              onInput={(event) => {
                // A slug that nobody has chosen follows the name.
                if (!template && !form.getFieldState('slug').isTouched)
                  form.setValue('slug', slugFrom(event.currentTarget.value));
              }}
            />
            <TextField control={control} name="slug" label="Slug" required />
            <StatusField control={control} name="status" />
          </SimpleGrid>
        </Card>
        <TemplateMapping control={control} schema={schema} />
        <Card>
          <Title order={2} mb="sm">
            Payouts and repeats
          </Title>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <TextField
              control={control}
              name="currency"
              label="Currency"
              description="Of postbacks that name none"
              maxLength={3}
            />
            <DecimalField
              control={control}
              name="payout_factor"
              label="Payout factor"
              description="Each payout is multiplied by it: 0.01 for cents"
            />
            <SelectField
              control={control}
              name="duplicates"
              label="Repeats of a conversion"
              description={schema.duplicate_modes.find(({ name }) => name === mode)?.description}
              data={schema.duplicate_modes.map(({ name }) => ({ value: name, label: words(name) }))}
            />
          </SimpleGrid>
        </Card>
        <Card>
          <Title order={2} mb="sm">
            Who may send
          </Title>
          <Stack gap="sm">
            <TagsField
              control={control}
              name="allowed_ips"
              label="Addresses"
              description="IP addresses and CIDRs. None: postbacks may come from anywhere"
              placeholder="192.0.2.0/24"
              splitChars={[',', ' ', '\n']}
            />
            <TemplateSecret
              control={control}
              hasSecret={template?.has_secret ?? false}
              isReadOnly={!mayWrite}
            />
          </Stack>
        </Card>
      </Stack>
    </EntityForm>
  );
}
