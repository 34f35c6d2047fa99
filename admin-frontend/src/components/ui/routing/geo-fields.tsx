/** Country lists: only these, never those. The most specific list that says something of a country wins. */
import { MultiSelect, SimpleGrid } from '@mantine/core';
import type { Control, FieldPathByValue, FieldValues } from 'react-hook-form';
import { COUNTRIES } from '@/lib/routing/countries';
import { asTexts, useControlled } from '../form/controlled';

type Name<T extends FieldValues> = FieldPathByValue<T, string[]>;

function CountryField<T extends FieldValues>({
  control,
  name,
  label,
  description,
}: {
  control: Control<T>;
  name: Name<T>;
  label: string;
  description?: string;
}) {
  const { value, ...field } = useControlled<T, string[], string[]>({ control, name }, asTexts);
  return (
    <MultiSelect
      {...field}
      label={label}
      description={description}
      searchable
      clearable
      hidePickedOptions
      placeholder={value.length > 0 ? undefined : 'Countries'}
      data={COUNTRIES}
      value={value}
    />
  );
}

type Props<T extends FieldValues> = { control: Control<T>; allow: Name<T>; block: Name<T> };

export function GeoFields<T extends FieldValues>({ control, allow, block }: Props<T>) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <CountryField
        control={control}
        name={allow}
        label="Only these countries"
        description="None: all of them"
      />
      <CountryField control={control} name={block} label="Never these countries" description="None: none" />
    </SimpleGrid>
  );
}
