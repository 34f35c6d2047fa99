/** Country lists: only these, never those. The most specific list that says something of a country wins. */
import { SimpleGrid } from '@mantine/core';
import type { Control, FieldPathByValue, FieldValues } from 'react-hook-form';
import { CountriesField } from '../form/countries-field';

type Name<T extends FieldValues> = FieldPathByValue<T, string[] | undefined>;

type Props<T extends FieldValues> = { control: Control<T>; allow: Name<T>; block: Name<T> };

export function GeoFields<T extends FieldValues>({ control, allow, block }: Props<T>) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <CountriesField
        control={control}
        name={allow}
        label="Only these countries"
        description="None: all of them"
      />
      <CountriesField
        control={control}
        name={block}
        label="Never these countries"
        description="Stronger than the other list"
      />
    </SimpleGrid>
  );
}
