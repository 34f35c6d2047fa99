import { Card, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useWatch } from 'react-hook-form';
import { MacroList } from '@/components/ui/display/macro-list';
import { words } from '@/components/ui/display/status-badge';
import { CountriesField } from '@/components/ui/form/countries-field';
import { EntityForm } from '@/components/ui/form/entity-form';
import {
  MultiSelectField,
  SelectField,
  SwitchField,
  TextareaField,
  TextField,
} from '@/components/ui/form/fields';
import { MONOSPACE } from '@/components/ui/form/monospace';
import { StatusField } from '@/components/ui/form/status-field';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { CapsField } from '@/components/ui/routing/caps-field';
import { ScheduleField } from '@/components/ui/routing/schedule-field';
import { useRoutingSchema } from '@/lib/routing/schema';
import { useCurrency, useMay } from '@/lib/session/me';
import { landingOptions, type Landing } from '../api/landing';
import { useSaveLanding } from '../api/save-landing';
import { LANDING_LABELS, landingInput, landingSchema, landingValues } from './landing-values';

type Props = { landing: Landing | undefined; onSaved: (landing: Landing) => void; onCancel?: () => void };

/** Of the Referrer-Policy standard; the schema of the API does not list them. */
const REFERRER_POLICIES = [
  'no-referrer',
  'no-referrer-when-downgrade',
  'same-origin',
  'origin',
  'strict-origin',
  'origin-when-cross-origin',
  'strict-origin-when-cross-origin',
  'unsafe-url',
];

export function LandingForm({ landing, onSaved, onCancel }: Props) {
  const client = useQueryClient();
  const { mutateAsync: save } = useSaveLanding();
  const mayWrite = useMay('config:write');
  const schema = useRoutingSchema();
  const currency = useCurrency();
  const form = useEntityForm({
    schema: landingSchema,
    entity: landing,
    toValues: landingValues,
    save: (values, revision) =>
      save({
        input: landingInput(values),
        existing: landing && revision !== undefined ? { id: landing.id, revision } : undefined,
      }),
    reload: landing && (() => client.fetchQuery({ ...landingOptions(landing.id), staleTime: 0 })),
    onSaved,
  });
  const { control } = form;
  const isProbed = useWatch({ control, name: 'health_check.enabled' });
  const choices = (names: readonly string[] | undefined) =>
    (names ?? []).map((value) => ({ value, label: words(value) }));

  return (
    <EntityForm
      form={form}
      submitLabel={landing ? 'Save' : 'Create landing'}
      onCancel={onCancel}
      labels={LANDING_LABELS}
      isReadOnly={!mayWrite}
    >
      <Stack gap="md">
        <Card>
          <Stack gap="sm">
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <TextField control={control} name="name" label="Name" required autoFocus={!landing} />
              <StatusField control={control} name="status" />
            </SimpleGrid>
            <TextareaField
              control={control}
              name="url"
              label="URL"
              required
              minRows={1}
              styles={MONOSPACE}
              placeholder="https://pages.example/quiz?country={country}"
            />
            <MacroList macros={schema?.macros} />
          </Stack>
        </Card>
        <Card>
          <Title order={2}>Who may see it</Title>
          <Text size="sm" c="dimmed" mb="sm">
            Clicks of other countries and devices go to the stream’s other targets.
          </Text>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <CountriesField
              control={control}
              name="geo.allow"
              label="Only these countries"
              description="None: all of them"
            />
            <CountriesField
              control={control}
              name="geo.block"
              label="Never these countries"
              description="Stronger than the other list"
            />
            <MultiSelectField
              control={control}
              name="device_types"
              label="Devices"
              description="None: all of them"
              data={choices(schema?.device_types)}
            />
          </SimpleGrid>
        </Card>
        <Card>
          <Title order={2} mb="sm">
            When, and how much
          </Title>
          <Stack gap="sm">
            <ScheduleField control={control} name="schedule" disabled={!mayWrite} />
            <CapsField control={control} name="caps" currency={currency} ownId={landing?.id} />
          </Stack>
        </Card>
        <Card>
          <Title order={2} mb="sm">
            How visitors get there
          </Title>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <SelectField
              control={control}
              name="redirect"
              label="Redirect"
              data={choices(schema?.redirects)}
            />
            <SelectField
              control={control}
              name="referrer_policy"
              label="Referrer policy"
              placeholder="As the installation has it"
              clearable
              data={REFERRER_POLICIES}
            />
          </SimpleGrid>
        </Card>
        <Card>
          <Title order={2} mb="sm">
            Health
          </Title>
          <Stack gap="sm">
            <SwitchField
              control={control}
              name="health_check.enabled"
              label="Probe the page, and send no clicks while it is down"
            />
            {isProbed && (
              <TextField
                control={control}
                name="health_check.url"
                label="URL to probe"
                description="Empty: the URL above without its macros"
                styles={MONOSPACE}
              />
            )}
          </Stack>
        </Card>
      </Stack>
    </EntityForm>
  );
}
