import { Radio, Stack, Text } from '@mantine/core';
import {
  useController,
  useWatch,
  type Control,
  type FieldValues,
  type FieldPathByValue,
} from 'react-hook-form';
import { SwitchField } from '@/components/ui/form/fields';
import { ROLE_TEXTS, useRolesToGive, type Role } from './roles';

type Props<T extends FieldValues> = {
  control: Control<T>;
  roleField: FieldPathByValue<T, Role>;
  maskField: FieldPathByValue<T, boolean | undefined>;
};

/** A role with what it may, and whether an analyst sees amounts. */
export function RoleFields<T extends FieldValues>({ control, roleField, maskField }: Props<T>) {
  const { field, fieldState } = useController({ control, name: roleField });
  const roles = useRolesToGive();
  const chosen: unknown = useWatch({ control, name: roleField });
  return (
    <Stack gap="sm">
      <Radio.Group
        label="Role"
        value={typeof field.value === 'string' ? field.value : ''}
        onChange={field.onChange}
        error={fieldState.error?.message}
      >
        <Stack gap={8} mt={6}>
          {roles.map((name) => (
            <Radio
              key={name}
              value={name}
              label={ROLE_TEXTS[name].label}
              description={ROLE_TEXTS[name].text}
            />
          ))}
        </Stack>
      </Radio.Group>
      {!roles.includes('owner') && (
        <Text size="xs" c="dimmed">
          Only owners make owners.
        </Text>
      )}
      <SwitchField
        control={control}
        name={maskField}
        label="Hide amounts"
        description="Costs, payouts and what is reckoned from them. For analysts only."
        disabled={chosen !== 'analyst'}
      />
    </Stack>
  );
}
