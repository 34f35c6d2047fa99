import type { FieldValues } from 'react-hook-form';
import { useWatch } from 'react-hook-form';
import type { Bound } from './controlled';
import { SelectField } from './fields';

const CHOICES = [
  { value: 'active', label: 'Active' },
  { value: 'paused', label: 'Paused' },
];
const ARCHIVED = { value: 'archived', label: 'Archived' };

/** Archiving is an action of its own, so `archived` can only be chosen where it already is. */
export function StatusField<T extends FieldValues>({ control, name }: Bound<T, string | null | undefined>) {
  const status: unknown = useWatch({ control, name });
  return (
    <SelectField
      control={control}
      name={name}
      label="Status"
      data={status === 'archived' ? [...CHOICES, ARCHIVED] : CHOICES}
    />
  );
}
