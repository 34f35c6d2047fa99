import { MultiSelect, TagsInput, type MultiSelectProps, type TagsInputProps } from '@mantine/core';
import type { FieldValues } from 'react-hook-form';
import { asTexts, useControlled, type Bound, type Without } from './controlled';

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
