import type { FieldValues } from 'react-hook-form';
import type { EntityKind } from '@/lib/entities/entities';
import { EntityMultiSelect, EntitySelect } from '../entity/entity-select';
import { asText, asTexts, useControlled, type Bound } from './controlled';

type MaybeText = string | null | undefined;

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
