import { Group, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core';
import { useController, useWatch, type Control } from 'react-hook-form';
import { EntityField, NumberField, SelectField, SwitchField } from '@/components/ui/form/fields';
import { DecimalField, DurationField } from '@/components/ui/form/special-fields';
import { ZoneSelect } from '@/components/ui/period/zone-select';
import { useCurrency } from '@/lib/session/me';
import { useZone } from '@/lib/time/use-zone';
import { CONDITION_CHOICES, CONDITIONS, type ConditionKind } from './condition-kinds';
import { newCondition, type RuleValues } from './rule-values';

type Props = { control: Control<RuleValues>; onKind: (condition: RuleValues['condition']) => void };

export function ConditionFields({ control, onKind }: Props) {
  const kind = useWatch({ control, name: 'condition.kind' });
  return (
    <Stack gap="sm">
      <SelectField
        control={control}
        name="condition.kind"
        label="When"
        description={CONDITIONS[kind].help}
        data={CONDITION_CHOICES}
        maw={360}
        onOptionSubmit={(next) => {
          const found = CONDITION_CHOICES.find(({ value }) => value === next);
          if (found && next !== kind) onKind(newCondition(asKind(next, kind)));
        }}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <KindFields control={control} kind={kind} />
      </SimpleGrid>
      {CONDITIONS[kind].about === 'campaign' && <CampaignScope control={control} />}
    </Stack>
  );
}

function asKind(text: string, otherwise: ConditionKind): ConditionKind {
  const isKind = (each: string): each is ConditionKind => each in CONDITIONS;
  return isKind(text) ? text : otherwise;
}

type Fields = { control: Control<RuleValues> };

function KindFields({ control, kind }: Fields & { kind: ConditionKind }) {
  const currency = useCurrency();
  switch (kind) {
    case 'roi_below':
      return (
        <>
          <DecimalField
            control={control}
            name="condition.roi_percent"
            label="ROI below, in percent"
            required
          />
          <DecimalField
            control={control}
            name="condition.min_cost"
            label="Once this was spent"
            currency={currency}
            required
          />
          <EarningsWindow control={control} />
        </>
      );
    case 'cost_above':
      return (
        <>
          <DecimalField
            control={control}
            name="condition.amount"
            label="More than"
            currency={currency}
            required
          />
          <EarningsWindow control={control} />
        </>
      );
    case 'conversion_rate_drop':
      return (
        <>
          <NumberField
            control={control}
            name="condition.drop_percent"
            label="Drop, in percent"
            suffix=" %"
            required
          />
          <NumberField
            control={control}
            name="condition.min_clicks"
            label="Clicks at least"
            description="In the window and before it"
            required
          />
          <DurationField
            control={control}
            name="condition.window_minutes"
            label="In the last"
            unitSeconds={60}
            required
          />
          <DurationField
            control={control}
            name="condition.baseline_minutes"
            label="Compared with what was before, for"
            unitSeconds={60}
            required
          />
        </>
      );
    case 'cap_nearly_reached':
      return (
        <>
          <NumberField
            control={control}
            name="condition.percent"
            label="Used, in percent of the cap"
            suffix=" %"
            required
          />
          <EntityField
            control={control}
            name="condition.destination_id"
            label="Destination"
            kind="destination"
            placeholder="Any active one"
          />
        </>
      );
    case 'destination_unhealthy':
      return (
        <>
          <DurationField
            control={control}
            name="condition.minutes"
            label="For longer than"
            unitSeconds={60}
            required
          />
          <EntityField
            control={control}
            name="condition.destination_id"
            label="Destination"
            kind="destination"
            placeholder="Any"
          />
        </>
      );
    case 'node_silent':
      return (
        <>
          <DurationField
            control={control}
            name="condition.minutes"
            label="For longer than"
            unitSeconds={60}
            required
          />
          <EntityField
            control={control}
            name="condition.node_id"
            label="Node"
            kind="node"
            placeholder="Any"
          />
        </>
      );
    case 'outbox_growing':
      return (
        <>
          <NumberField control={control} name="condition.events_above" label="More events than this wait" />
          <DurationField
            control={control}
            name="condition.oldest_above_seconds"
            label="The oldest waits longer than"
          />
          <DurationField
            control={control}
            name="condition.growing_minutes"
            label="It grows for"
            unitSeconds={60}
          />
          <EntityField
            control={control}
            name="condition.node_id"
            label="Node"
            kind="node"
            placeholder="Any"
          />
        </>
      );
  }
}

/** The last hours, or the calendar day of a zone. */
function EarningsWindow({ control }: Fields) {
  const { field: hours } = useController({ control, name: 'condition.window_hours' });
  const { field: zone, fieldState } = useController({ control, name: 'condition.calendar_timezone' });
  const [preferred] = useZone();
  const isDay = zone.value !== null;
  return (
    <Stack gap={6}>
      <Group gap="xs">
        <Text size="sm" fw={500}>
          Counted over
        </Text>
        <SegmentedControl
          aria-label="Counted over"
          data={[
            { value: 'hours', label: 'The last hours' },
            { value: 'day', label: 'The calendar day' },
          ]}
          value={isDay ? 'day' : 'hours'}
          onChange={(next) => {
            zone.onChange(next === 'day' ? preferred : null);
            hours.onChange(next === 'day' ? null : 24);
          }}
        />
      </Group>
      {isDay ? (
        <ZoneSelect
          label="Day of the zone"
          value={zone.value ?? preferred}
          onChange={zone.onChange}
          error={fieldState.error?.message}
        />
      ) : (
        <DurationField
          control={control}
          name="condition.window_hours"
          label="The last"
          unitSeconds={3600}
          required
        />
      )}
    </Stack>
  );
}

function CampaignScope({ control }: Fields) {
  const isEach = useWatch({ control, name: 'condition.each_campaign' });
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <SwitchField
        control={control}
        name="condition.each_campaign"
        label="Each campaign by itself"
        description="An alert for every campaign for which it holds"
        mt={24}
      />
      {!isEach && (
        <EntityField
          control={control}
          name="condition.campaign_id"
          label="Campaign"
          kind="campaign"
          placeholder="All of them together"
        />
      )}
    </SimpleGrid>
  );
}
