/** All fields of a destination, for every form that edits one. */
import { Code, SimpleGrid, Stack, Text } from '@mantine/core';
import { useWatch, type Control } from 'react-hook-form';
import { useRoutingSchema } from '@/lib/routing/schema';
import { useCurrency } from '@/lib/session/me';
import { words } from '../display/status-badge';
import { MultiSelectField, SelectField, SwitchField, TextareaField, TextField } from '../form/fields';
import { CapsField } from '../routing/caps-field';
import { GeoFields } from '../routing/geo-fields';
import { ScheduleField } from '../routing/schedule-field';
import type { DestinationValues } from './destination-values';

const REDIRECTS: Record<DestinationValues['redirect'], string> = {
  http_302: '302 redirect',
  meta_refresh: 'Meta refresh (hides the referrer)',
  javascript: 'JavaScript',
  interstitial: 'Interstitial page with a button',
};

const MONO = { input: { fontFamily: 'var(--mantine-font-family-monospace)' } };

const POLICIES = [
  'no-referrer',
  'no-referrer-when-downgrade',
  'same-origin',
  'origin',
  'strict-origin',
  'origin-when-cross-origin',
  'strict-origin-when-cross-origin',
  'unsafe-url',
];

type Props = { control: Control<DestinationValues>; ownId?: string };

export function DestinationFields({ control, ownId }: Props) {
  const schema = useRoutingSchema();
  const currency = useCurrency();
  const isProbed = useWatch({ control, name: 'health_check.enabled' });
  const choices = (names: readonly string[] | undefined) =>
    (names ?? []).map((value) => ({ value, label: words(value) }));
  return (
    <Stack gap="md">
      <TextField control={control} name="name" label="Name" required data-autofocus />
      <TextareaField
        control={control}
        name="url"
        label="URL"
        required
        minRows={1}
        styles={MONO}
        placeholder="https://offer.example/?cid={click_id}&geo={country}"
        description={
          <Text component="span" size="xs">
            With macros, such as <Code>{'{click_id}'}</Code>, <Code>{'{country}'}</Code>,{' '}
            <Code>{'{sub1}'}</Code>.
          </Text>
        }
      />
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <SelectField control={control} name="kind" label="Kind" data={choices(schema?.destination_kinds)} />
        <SelectField control={control} name="status" label="Status" data={choices(['active', 'paused'])} />
        <SelectField
          control={control}
          name="redirect"
          label="Redirect"
          data={(schema?.redirects ?? []).map((value) => ({ value, label: REDIRECTS[value] }))}
        />
      </SimpleGrid>
      <ScheduleField control={control} name="schedule" />
      <CapsField control={control} name="caps" currency={currency} ownId={ownId} />
      <GeoFields control={control} allow="geo.allow" block="geo.block" />
      <MultiSelectField
        control={control}
        name="device_types"
        label="Only these devices"
        placeholder="All of them"
        data={choices(schema?.device_types)}
      />
      <SwitchField
        control={control}
        name="health_check.enabled"
        label="Nodes probe it, and pass over it while it is down"
      />
      {isProbed && (
        <TextField
          control={control}
          name="health_check.url"
          label="Probe another URL"
          placeholder="The destination's own, without macros"
        />
      )}
      <SelectField
        control={control}
        name="referrer_policy"
        label="Referrer policy"
        placeholder="As the browser does by itself"
        clearable
        data={POLICIES}
      />
    </Stack>
  );
}
