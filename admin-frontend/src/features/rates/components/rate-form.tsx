import { SimpleGrid } from '@mantine/core';
import { useMemo } from 'react';
import * as z from 'zod/mini';
import { DayField } from '@/components/ui/form/day-field';
import { EntityForm } from '@/components/ui/form/entity-form';
import { TextField } from '@/components/ui/form/fields';
import { DecimalField } from '@/components/ui/form/special-fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { isDecimal, signOf } from '@/lib/format/decimal';
import type { Rate } from '../api/list-rates';
import { useSaveRates } from '../api/save-rates';

const schema = z.object({
  currency: z.string().check(z.trim(), z.regex(/^[A-Za-z]{3}$/, 'Three letters, such as EUR')),
  date: z.string().check(z.minLength(1, 'From which day on?')),
  rate: z
    .string()
    .check(z.refine((text) => isDecimal(text) && signOf(text) > 0, 'A number above 0, such as 1.16')),
});

type Values = z.infer<typeof schema>;

const LABELS: Record<string, string> = { currency: 'Currency', date: 'From', rate: 'Rate' };
const EMPTY: Values = { currency: '', date: '', rate: '' };

type Props = {
  /** What the form begins with. */
  start?: Partial<Values>;
  /** Another rate for the same day: currency and day stay. */
  isChange?: boolean;
  onSaved: (rate: Rate, isUsed: boolean) => void;
  onCancel: () => void;
};

export function RateForm({ start, isChange, onSaved, onCancel }: Props) {
  const { mutateAsync: save } = useSaveRates();
  const values = useMemo(() => ({ ...EMPTY, ...start }), [start]);
  const form = useEntityForm<Values, Rate & { revision: number; isUsed: boolean }>({
    schema,
    entity: undefined,
    start: values,
    toValues: () => values,
    save: async (typed) => {
      const rate = { ...typed, currency: typed.currency.trim().toUpperCase() };
      const { mirrored } = await save([rate]);
      // A rate has no revision: what is written holds.
      return { ...rate, revision: 0, isUsed: mirrored };
    },
    rename: (path) => path.replace(/^items\.0\./, ''),
    onSaved: ({ currency, date, rate, isUsed }) => onSaved({ currency, date, rate }, isUsed),
  });
  const { control } = form;
  return (
    <EntityForm form={form} submitLabel="Save the rate" onCancel={onCancel} labels={LABELS} isShort>
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <TextField
          control={control}
          name="currency"
          label="Currency"
          required
          maxLength={3}
          disabled={isChange}
          data-autofocus={!isChange || undefined}
        />
        <DayField control={control} name="date" label="From" required disabled={isChange} />
        <DecimalField control={control} name="rate" label="US dollars for one" required />
      </SimpleGrid>
    </EntityForm>
  );
}
