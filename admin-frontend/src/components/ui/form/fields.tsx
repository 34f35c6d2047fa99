/** Mantine's fields bound to react-hook-form. Name and type are checked: `<TextField control={control} name="name" />`. */
import {
  NumberInput,
  PasswordInput,
  Select,
  Switch,
  TextInput,
  type NumberInputProps,
  type PasswordInputProps,
  type SelectProps,
  type SwitchProps,
  type TextInputProps,
} from '@mantine/core';
import { GrowingTextarea, type GrowingTextareaProps } from './growing-textarea';
import type { FieldValues } from 'react-hook-form';
import { asFlag, asNumber, asText, useControlled, type Bound, type Without } from './controlled';

export { EntitiesField, EntityField } from './entity-fields';
export { MultiSelectField, TagsField } from './list-fields';

type MaybeText = string | null | undefined;

export function TextField<T extends FieldValues>({
  control,
  name,
  ...props
}: Bound<T, MaybeText> & Without<TextInputProps>) {
  const { onChange, ...field } = useControlled({ control, name }, asText);
  return (
    <TextInput {...props} {...field} name={name} onChange={(event) => onChange(event.currentTarget.value)} />
  );
}

export function TextareaField<T extends FieldValues>({
  control,
  name,
  ...props
}: Bound<T, MaybeText> & Without<GrowingTextareaProps>) {
  const { onChange, ...field } = useControlled({ control, name }, asText);
  return (
    <GrowingTextarea
      {...props}
      {...field}
      name={name}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

export function SecretField<T extends FieldValues>({
  control,
  name,
  ...props
}: Bound<T, MaybeText> & Without<PasswordInputProps>) {
  const { onChange, ...field } = useControlled({ control, name }, asText);
  return (
    <PasswordInput
      autoComplete="off"
      {...props}
      {...field}
      name={name}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** Whole or fractional numbers that are no money. Empty is null. */
export function NumberField<T extends FieldValues>({
  control,
  name,
  ...props
}: Bound<T, number | null | undefined> & Without<NumberInputProps>) {
  const { onChange, value, ...field } = useControlled({ control, name }, asNumber);
  return (
    <NumberInput
      thousandSeparator=" "
      allowDecimal={false}
      {...props}
      {...field}
      name={name}
      value={value ?? ''}
      onChange={(next) => onChange(typeof next === 'number' ? next : next === '' ? null : Number(next))}
    />
  );
}

export function SelectField<T extends FieldValues>({
  control,
  name,
  ...props
}: Bound<T, MaybeText> & Without<SelectProps>) {
  const { value, onChange, ...field } = useControlled({ control, name }, asText);
  return (
    <Select
      allowDeselect={props.clearable ?? false}
      {...props}
      {...field}
      name={name}
      value={value || null}
      onChange={onChange}
    />
  );
}

export function SwitchField<T extends FieldValues>({
  control,
  name,
  ...props
}: Bound<T, boolean | undefined> & Without<SwitchProps>) {
  const { value, onChange, ...field } = useControlled({ control, name }, asFlag);
  return (
    <Switch
      {...props}
      {...field}
      name={name}
      checked={value}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}
