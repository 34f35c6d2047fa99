import type { FieldValues } from 'react-hook-form';
import { countryChoices } from '@/lib/format/countries';
import type { Bound } from './controlled';
import { MultiSelectField } from './fields';

type Props = { label: string; description?: string };

/** Countries by name or code; held as codes. */
export function CountriesField<T extends FieldValues>({
  control,
  name,
  ...props
}: Bound<T, string[] | undefined> & Props) {
  return <MultiSelectField control={control} name={name} {...props} data={countryChoices()} />;
}
