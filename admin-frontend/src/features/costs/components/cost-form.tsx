import { Card, Group, Input, SegmentedControl, SimpleGrid, Stack } from '@mantine/core';
import { useMemo, useRef, useState } from 'react';
import { useWatch } from 'react-hook-form';
import { EntityForm } from '@/components/ui/form/entity-form';
import { EntityField, TextField } from '@/components/ui/form/fields';
import { DecimalField, InstantField } from '@/components/ui/form/special-fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { ApiError } from '@/lib/api/error';
import { useCurrency } from '@/lib/session/me';
import type { CostUpdate } from '../api/cost-update';
import { useUpdateCosts } from '../api/update-costs';
import { CostFilters } from './cost-filters';
import { COST_LABELS, costPath, costRow, costSchema, type CostValues } from './cost-values';

/** A request has no revision; each is one of its own. */
type Sent = CostUpdate & { revision: number };

type Props = { onSent: (update: CostUpdate) => void };

export function CostForm({ onSent }: Props) {
  const { mutateAsync: update } = useUpdateCosts();
  const currency = useCurrency();
  const start = useMemo(
    (): CostValues => ({
      campaign_id: '',
      source_id: null,
      filters: [],
      from: '',
      to: '',
      currency,
      mode: 'total',
      amount: '',
    }),
    [currency],
  );
  const last = useRef(start);
  const [sent, setSent] = useState<Sent>();
  const form = useEntityForm<CostValues, Sent>({
    schema: costSchema,
    entity: sent,
    start,
    // What was sent stays, for the next period or campaign.
    toValues: () => last.current,
    save: async (values) => {
      last.current = values;
      const done = await update({ body: costRow(values), key: crypto.randomUUID() });
      const [row] = done.items;
      // The one row is the request: what is wrong with it belongs to the form's fields.
      if (row?.status === 'failed')
        throw new ApiError(400, 'validation_failed', 'Nothing was changed', row.errors);
      return { ...done, revision: 0 };
    },
    rename: (path) => costPath(path, last.current),
    onSaved: (done) => {
      setSent(done);
      onSent(done);
    },
  });
  const { control } = form;
  const mode = useWatch({ control, name: 'mode' });
  const shownCurrency = useWatch({ control, name: 'currency' });

  return (
    <EntityForm form={form} submitLabel="Set the costs" labels={COST_LABELS} isShort>
      <Card>
        <Stack gap="md">
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <EntityField control={control} name="campaign_id" kind="campaign" label="Campaign" required />
            <EntityField
              control={control}
              name="source_id"
              kind="source"
              label="Source"
              placeholder="Any source"
            />
            <InstantField control={control} name="from" label="From" required />
            <InstantField control={control} name="to" label="Until" description="Not included" required />
          </SimpleGrid>
          <Input.Wrapper label="Only clicks with" labelElement="div">
            <CostFilters control={control} />
          </Input.Wrapper>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <Input.Wrapper label="What you know" labelElement="div">
              <Group h={34}>
                <SegmentedControl
                  aria-label="What you know"
                  data={[
                    { value: 'total', label: 'The total' },
                    { value: 'cpc', label: 'Cost per click' },
                  ]}
                  value={mode}
                  onChange={(next) =>
                    form.form.setValue('mode', next === 'cpc' ? 'cpc' : 'total', { shouldDirty: true })
                  }
                />
              </Group>
            </Input.Wrapper>
            <DecimalField
              control={control}
              name="amount"
              label={mode === 'total' ? 'Total of these clicks' : 'Cost of each click'}
              currency={shownCurrency.toUpperCase()}
              required
            />
            <TextField control={control} name="currency" label="Currency" required maxLength={3} />
          </SimpleGrid>
        </Stack>
      </Card>
    </EntityForm>
  );
}
