/** Mantine's fields bound to react-hook-form. Name and type are checked: `<TextField control={control} name="name" />`. */
import {
  MultiSelect,
  NumberInput,
  PasswordInput,
  Select,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
  type MultiSelectProps,
  type NumberInputProps,
  type PasswordInputProps,
  type SelectProps,
  type SwitchProps,
  type TagsInputProps,
  type TextareaProps,
  type TextInputProps,
} from '@mantine/core';
import type { FieldValues } from 'react-hook-form';
import type { EntityKind } from '@/lib/entities/entities';
import { EntityMultiSelect, EntitySelect } from '../entity/entity-select';
import { asFlag, asNumber, asText, asTexts, useControlled, type Bound } from './controlled';

type Without<Props> = Omit<
  Props,
  'value' | 'defaultValue' | 'onChange' | 'onBlur' | 'name' | 'error' | 'ref' | 'checked'
>;
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
}: Bound<T, MaybeText> & Without<TextareaProps>) {
  const { onChange, ...field } = useControlled({ control, name }, asText);
  return (
    <Textarea
      autosize
      minRows={2}
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

export function MultiSelectField<T extends FieldValues>({
  control,
  name,
  ...props
}: Bound<T, string[] | undefined> & Without<MultiSelectProps>) {
  const { value, ...field } = useControlled({ control, name }, asTexts);
  return <MultiSelect searchable clearable {...props} {...field} name={name} value={value ?? []} />;
}

/** Free words, each entered with Enter or a comma. */
export function TagsField<T extends FieldValues>({
  control,
  name,
  ...props
}: Bound<T, string[] | undefined> & Without<TagsInputProps>) {
  const { value, ...field } = useControlled({ control, name }, asTexts);
  return <TagsInput clearable acceptValueOnBlur {...props} {...field} name={name} value={value ?? []} />;
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

type EntityProps = {
  kind: EntityKind;
  label: string;
  description?: string;
  placeholder?: string;
  required?: boolean;
  disabled?: boolean;
  without?: string[];
};

export function EntityField<T extends FieldValues>({
  control,
  name,
  ...props
}: Bound<T, MaybeText> & EntityProps) {
  const field = useControlled({ control, name }, asText);
  return <EntitySelect {...props} {...field} clearable={!props.required} />;
}

export function EntitiesField<T extends FieldValues>({
  control,
  name,
  ...props
}: Bound<T, string[] | undefined> & Omit<EntityProps, 'without'>) {
  const { value, ...field } = useControlled({ control, name }, asTexts);
  return <EntityMultiSelect {...props} {...field} value={value ?? []} />;
}
