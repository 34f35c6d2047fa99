import { Alert, List, Radio, Stack } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useController, useWatch, type Control } from 'react-hook-form';
import * as z from 'zod/mini';
import { EntityForm } from '@/components/ui/form/entity-form';
import { EntityField, TextField } from '@/components/ui/form/fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { notifyDone } from '@/components/ui/feedback/notify';
import { useRequestErasure } from '../api/request-erasure';

const WORD = 'erase';

const schema = z.object({
  kind: z.enum(['click_id', 'source_click_id']),
  id: z.string().check(z.trim(), z.minLength(1, 'Which one?'), z.maxLength(512, 'At most 512 characters')),
  campaign_id: z.nullable(z.string()),
  mode: z.enum(['erase', 'anonymise']),
  word: z
    .string()
    .check(z.refine((typed) => typed.trim().toLowerCase() === WORD, `Type the word ${WORD} to confirm`)),
});

type Values = z.infer<typeof schema>;

const START: Values = { kind: 'click_id', id: '', campaign_id: null, mode: 'erase', word: '' };
const LABELS = { kind: 'Named by', id: 'Id', campaign_id: 'Campaign', mode: 'Totals', word: 'Confirmation' };

/** The API names the field by the kind of the id. */
const rename = (path: string) => (path === 'click_id' || path === 'source_click_id' ? 'id' : path);

export function ErasureForm({ onClose }: { onClose: () => void }) {
  const { mutateAsync: request } = useRequestErasure();
  const form = useEntityForm({
    schema,
    entity: undefined,
    toValues: () => START,
    rename,
    save: async ({ kind, id, campaign_id, mode }) => {
      const anonymise = mode === 'anonymise';
      const body =
        kind === 'click_id' ? { click_id: id, anonymise } : { source_click_id: id, campaign_id, anonymise };
      // A request has no revision: it is made once.
      return { revision: 0, ...(await request(body)) };
    },
    onSaved: () => {
      notifyDone('The erasure is under way. The list says how far it is.');
      onClose();
    },
  });
  const { control } = form;
  const kind = useWatch({ control, name: 'kind' });
  return (
    <EntityForm form={form} submitLabel="Erase for good" onCancel={onClose} labels={LABELS} isShort>
      <Stack gap="md">
        <Choice
          control={control}
          name="kind"
          label="Named by"
          choices={[
            ['click_id', 'Our click id', 'One click: the id that we gave it.'],
            ['source_click_id', 'The source’s click id', 'All clicks that came with this id.'],
          ]}
        />
        <TextField
          control={control}
          name="id"
          label={kind === 'click_id' ? 'Click id' : 'Source’s click id'}
          required
          autoComplete="off"
          spellCheck={false}
        />
        {kind === 'source_click_id' && (
          <EntityField
            control={control}
            name="campaign_id"
            kind="campaign"
            label="Only in this campaign"
            placeholder="All campaigns"
          />
        )}
        <Choice
          control={control}
          name="mode"
          label="Totals of reports"
          choices={[
            [
              'erase',
              'Take it out',
              'Clicks, costs, conversions and money of it are gone from every report.',
            ],
            [
              'anonymise',
              'Keep the amounts, anonymised',
              'Clicks and conversions stay counted, with nothing in them that identifies.',
            ],
          ]}
        />
        <Alert
          color="red"
          variant="light"
          icon={<IconAlertTriangle size={18} />}
          title="This cannot be undone"
        >
          <List size="sm">
            <List.Item>
              It covers clicks, conversions, postback logs and errors, and what arrives later.
            </List.Item>
            <List.Item>Nobody is told that the id does not exist: then nothing is removed.</List.Item>
          </List>
        </Alert>
        <TextField
          control={control}
          name="word"
          label={
            <>
              Type <b>{WORD}</b> to confirm
            </>
          }
          required
          autoComplete="off"
        />
      </Stack>
    </EntityForm>
  );
}

type ChoiceProps = {
  control: Control<Values>;
  name: 'kind' | 'mode';
  label: string;
  choices: [value: string, label: string, text: string][];
};

function Choice({ control, name, label, choices }: ChoiceProps) {
  const { field, fieldState } = useController({ control, name });
  return (
    <Radio.Group
      label={label}
      value={field.value}
      onChange={field.onChange}
      error={fieldState.error?.message}
    >
      <Stack gap={8} mt={6}>
        {choices.map(([value, title, text]) => (
          <Radio key={value} value={value} label={title} description={text} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
