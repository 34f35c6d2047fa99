/** The finer settings of how a stream spreads its clicks. */
import { Card, Group, SimpleGrid, Stack, Switch } from '@mantine/core';
import { useWatch, type Control, type UseFormReturn } from 'react-hook-form';
import { words } from '@/components/ui/display/status-badge';
import { NumberField, SelectField } from '@/components/ui/form/fields';
import { DurationField } from '@/components/ui/form/special-fields';
import { fieldWords } from '@/lib/routing/rule';
import { useRoutingSchema } from '@/lib/routing/schema';
import type { CampaignValues } from '../model/campaign-values';
import { strategyWords } from '../model/flow';

const HOUR_SECONDS = 3600;

type Props = { control: Control<CampaignValues>; at: number };

function useUserKeys(own: string | null | undefined) {
  const schema = useRoutingSchema();
  const subs = Array.from({ length: 10 }, (_, index) => `sub${index + 1}`);
  const keys = new Set([...(schema?.user_keys ?? []), ...subs, ...(own ? [own] : [])]);
  return [...keys].map((value) => ({
    value,
    label: value === 'visitor' ? 'Visitor (address and agent)' : fieldWords(value),
  }));
}

export function BestRoiFields({ control, at }: Props) {
  const schema = useRoutingSchema();
  return (
    <Card padding="sm">
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <DurationField
          control={control}
          name={`streams.${at}.best_roi.window_hours`}
          label="Compare the last"
          unitSeconds={HOUR_SECONDS}
        />
        <NumberField
          control={control}
          name={`streams.${at}.best_roi.min_clicks`}
          label="Rank from so many clicks"
          min={0}
        />
        <SelectField
          control={control}
          name={`streams.${at}.best_roi.fallback_strategy`}
          label="Until then, and to explore"
          data={(schema?.strategies ?? [])
            .filter((each) => each !== 'best_roi')
            .map((value) => ({ value, label: strategyWords(value) }))}
        />
        <NumberField
          control={control}
          name={`streams.${at}.best_roi.exploration_percent`}
          label="Clicks that explore"
          suffix="%"
          min={0}
          max={100}
        />
      </SimpleGrid>
    </Card>
  );
}

export function StickyField({ control, at }: Props) {
  const sticky = useWatch({ control, name: `streams.${at}.sticky` });
  return (
    <SelectField
      control={control}
      name={`streams.${at}.sticky`}
      label="Sticky"
      description="Clicks with the same value go to the same destination while it takes clicks."
      placeholder="No: each click for itself"
      clearable
      searchable
      data={useUserKeys(sticky)}
    />
  );
}

export function UniquePolicyFields({ form, at }: { form: UseFormReturn<CampaignValues>; at: number }) {
  const { control } = form;
  const name = `streams.${at}.unique_policy` as const;
  const policy = useWatch({ control, name });
  const keys = useUserKeys(policy?.user_key);
  const schema = useRoutingSchema();
  return (
    <Stack gap="xs">
      <Switch
        label="Keep a user away from destinations where they were"
        checked={policy !== null}
        onChange={(event) =>
          form.setValue(
            name,
            event.currentTarget.checked
              ? { user_key: 'visitor', history_window_hours: 24, exhausted_mode: 'allow_repeat' }
              : null,
            { shouldDirty: true },
          )
        }
      />
      {policy && (
        <Card padding="sm">
          <Stack gap="xs">
            <Group grow align="flex-end">
              <SelectField
                control={control}
                name={`${name}.user_key`}
                label="A user is known by"
                searchable
                data={keys}
              />
              <DurationField
                control={control}
                name={`${name}.history_window_hours`}
                label="Within"
                unitSeconds={HOUR_SECONDS}
              />
            </Group>
            <SelectField
              control={control}
              name={`${name}.exhausted_mode`}
              label="When they were everywhere"
              data={(schema?.exhausted_modes ?? []).map((value) => ({ value, label: words(value) }))}
            />
          </Stack>
        </Card>
      )}
    </Stack>
  );
}
