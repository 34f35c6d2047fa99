/** The campaign's own fields, in the groups that the picture's boxes open. */
import { Button, Group, SimpleGrid, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import type { UseFormReturn } from 'react-hook-form';
import { words } from '@/components/ui/display/status-badge';
import { EntitiesField, EntityField, SelectField, TextField } from '@/components/ui/form/fields';
import { DurationField } from '@/components/ui/form/special-fields';
import { GeoFields } from '@/components/ui/routing/geo-fields';
import { useRoutingSchema } from '@/lib/routing/schema';
import type { CampaignValues } from '../model/campaign-values';
import { useDestinationDialog } from './destination-dialog';

type Props = { form: UseFormReturn<CampaignValues> };

const BOTS: Record<CampaignValues['bot_policy'], string> = {
  flag: 'Routed like people, and flagged',
  trafficback: 'Sent to trafficback',
  block: 'Blocked',
};

const REFUSALS: Record<CampaignValues['link_policy']['invalid'], string> = {
  refuse: 'Refused with an error',
  trafficback: 'Sent to trafficback',
};

const HOUR_SECONDS = 3600;

export function IdentityFields({ form: { control }, isArchived }: Props & { isArchived: boolean }) {
  const statuses = isArchived ? ['active', 'paused', 'archived'] : ['active', 'paused'];
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <TextField control={control} name="name" label="Name" required />
      <TextField control={control} name="slug" label="Slug" required description="In its links: /c/…" />
      <SelectField
        control={control}
        name="status"
        label="Status"
        data={statuses.map((value) => ({ value, label: words(value) }))}
      />
      <TextField
        control={control}
        name="currency"
        label="Currency of costs"
        description="Where a click names none"
        maxLength={3}
      />
    </SimpleGrid>
  );
}

export function EntryFields({ form: { control } }: Props) {
  const schema = useRoutingSchema();
  return (
    <Stack gap="md">
      <EntityField
        control={control}
        name="source_id"
        kind="source"
        label="Traffic source"
        description="Of clicks that name none"
      />
      <EntitiesField
        control={control}
        name="domain_ids"
        kind="domain"
        label="Domains"
        description="Answers on these only; none: on all that the nodes answer on"
      />
      <GeoFields control={control} allow="geo.allow" block="geo.block" />
      <SelectField
        control={control}
        name="bot_policy"
        label="Bots are"
        data={(schema?.bot_policies ?? []).map((value) => ({ value, label: BOTS[value] }))}
      />
    </Stack>
  );
}

export function WindowFields({ form: { control } }: Props) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <DurationField
        control={control}
        name="unique_window_hours"
        label="A visitor is unique again after"
        unitSeconds={HOUR_SECONDS}
      />
      <DurationField
        control={control}
        name="duplicate_window_seconds"
        label="A repeat is a duplicate within"
      />
      <DurationField
        control={control}
        name="attribution_window_hours"
        label="Conversions count up to (0: always)"
        unitSeconds={HOUR_SECONDS}
      />
    </SimpleGrid>
  );
}

export function EndFields({ form }: Props) {
  const { control } = form;
  const dialog = useDestinationDialog();
  return (
    <Stack gap="md">
      <EntityField
        control={control}
        name="trafficback_destination_id"
        kind="destination"
        label="1. Trafficback of the campaign"
        description="Takes what no stream matched or could serve"
      />
      <EntityField
        control={control}
        name="fallback_destination_id"
        kind="destination"
        label="2. Fallback, when trafficback cannot take it either"
        description="The workspace's trafficback is tried before it. With none of them, the click gets a 404."
      />
      <Group>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlus size={14} />}
          onClick={() =>
            dialog.create('trafficback', ({ id }) =>
              form.setValue('trafficback_destination_id', id, { shouldDirty: true }),
            )
          }
        >
          Create a trafficback destination
        </Button>
      </Group>
      {dialog.element}
    </Stack>
  );
}

export function LinkPolicyFields({ form: { control } }: Props) {
  const schema = useRoutingSchema();
  const data = (schema?.link_refusals ?? []).map((value) => ({ value, label: REFUSALS[value] }));
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <SelectField
        control={control}
        name="link_policy.invalid"
        label="Changed or revoked links"
        data={data}
      />
      <SelectField control={control} name="link_policy.expired" label="Expired links" data={data} />
      <SelectField control={control} name="link_policy.replayed" label="Links used before" data={data} />
    </SimpleGrid>
  );
}
