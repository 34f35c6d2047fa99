import { Checkbox, SimpleGrid, Stack, Text } from '@mantine/core';
import { useController, useWatch, type Control } from 'react-hook-form';
import * as z from 'zod/mini';
import { EntityForm } from '@/components/ui/form/entity-form';
import { SelectField, SwitchField, TextField } from '@/components/ui/form/fields';
import { InstantField } from '@/components/ui/form/special-fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { useMasksMoney, useMe } from '@/lib/session/me';
import { useCreateKey, type CreatedKey } from '../api/create-key';
import { expiry, LIFETIMES, SCOPE_NAMES, SCOPES } from './scopes';

const schema = z
  .object({
    name: z.string().check(z.trim(), z.minLength(1, 'Say what it is for')),
    scopes: z
      .array(z.enum(SCOPE_NAMES))
      .check(z.minLength(1, 'At least one: a key without any opens nothing')),
    lifetime: z.enum(['30', '90', '365', 'date', 'never']),
    expires_at: z.nullable(z.string()),
    mask_money: z.boolean(),
  })
  .check(
    z.refine(({ lifetime, expires_at }) => lifetime !== 'date' || expires_at !== null, {
      path: ['expires_at'],
      message: 'Until when?',
    }),
  );

type Values = z.infer<typeof schema>;

const LABELS = {
  name: 'Name',
  scopes: 'Scopes',
  lifetime: 'Valid',
  expires_at: 'Valid until',
  mask_money: 'Hide amounts',
};

type Props = { onCreated: (key: CreatedKey) => void; onClose: () => void };

export function KeyForm({ onCreated, onClose }: Props) {
  const { mutateAsync: create } = useCreateKey();
  const isMasked = useMasksMoney();
  const start: Values = {
    name: '',
    scopes: ['reports:read'],
    lifetime: '90',
    expires_at: null,
    mask_money: isMasked,
  };
  const form = useEntityForm({
    schema,
    entity: undefined,
    start,
    toValues: () => start,
    save: ({ name, scopes, lifetime, expires_at, mask_money }) =>
      create({ name, scopes, mask_money, expires_at: expiry(lifetime, expires_at, Date.now()) }),
    onSaved: onCreated,
  });
  const { control } = form;
  const lifetime = useWatch({ control, name: 'lifetime' });
  return (
    <EntityForm form={form} submitLabel="Make the key" onCancel={onClose} labels={LABELS} isShort>
      <Stack gap="md">
        <TextField
          control={control}
          name="name"
          label="Name"
          required
          data-autofocus
          placeholder="Nightly cost import"
          description="Shown in the audit log for whatever the key does."
        />
        <ScopesField control={control} />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <SelectField control={control} name="lifetime" label="Valid" data={[...LIFETIMES]} />
          {lifetime === 'date' && (
            <InstantField control={control} name="expires_at" label="Valid until" required />
          )}
        </SimpleGrid>
        {lifetime === 'never' && (
          <Text size="xs" style={{ color: 'var(--tf-warn)' }}>
            A key that never ends is one that somebody has to remember. Prefer an end, and make a new one
            then.
          </Text>
        )}
        <SwitchField
          control={control}
          name="mask_money"
          label="Hide amounts"
          description={
            isMasked
              ? 'Always so: you see none yourself.'
              : 'Costs, payouts and what is reckoned from them are null.'
          }
          disabled={isMasked}
        />
      </Stack>
    </EntityForm>
  );
}

function ScopesField({ control }: { control: Control<Values> }) {
  const { field, fieldState } = useController({ control, name: 'scopes' });
  const mine = new Set(useMe()?.permissions);
  return (
    <Checkbox.Group
      label="Scopes"
      description="Only what it needs. No key may more than you do."
      required
      error={fieldState.error?.message}
      value={field.value}
      onChange={(names) => field.onChange(SCOPE_NAMES.filter((name) => names.includes(name)))}
    >
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing={10} mt={8}>
        {SCOPE_NAMES.map((name) => (
          <Checkbox
            key={name}
            value={name}
            disabled={!mine.has(name)}
            label={SCOPES[name].label}
            description={mine.has(name) ? SCOPES[name].text : 'Your role does not include it.'}
          />
        ))}
      </SimpleGrid>
    </Checkbox.Group>
  );
}
