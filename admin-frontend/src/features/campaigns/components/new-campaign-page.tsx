/** Name, source, destination: a campaign that routes clicks. All else can be changed in its editor afterwards. */
import { Card, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { useWatch } from 'react-hook-form';
import { PageHeader } from '@/components/ui/display/page-header';
import { LinkButton } from '@/components/ui/display/links';
import { notifyDone } from '@/components/ui/feedback/notify';
import { EntityForm } from '@/components/ui/form/entity-form';
import { EntityField, TextField } from '@/components/ui/form/fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { ApiError } from '@/lib/api/error';
import { slugFrom } from '@/lib/format/slug';
import type { Campaign } from '../api/campaign';
import { useCreateCampaign } from '../api/create-campaign';
import { useSaveDestination } from '../api/save-destination';
import {
  EMPTY_CAMPAIGN,
  newCampaignField,
  newCampaignInput,
  newCampaignSchema,
  type NewCampaignValues,
} from '../model/new-campaign';

const PARENTS = [{ label: 'Campaigns', to: '/campaigns' }];
const LABELS = {
  name: 'Name',
  slug: 'Slug',
  source_id: 'Traffic source',
  destination_id: 'Destination',
  destination_name: 'Name of the destination',
  destination_url: 'URL of the destination',
};
const MONO = { input: { fontFamily: 'var(--mantine-font-family-monospace)' } };
const empty = () => EMPTY_CAMPAIGN;

/** What is wrong with the new destination, under the names of this form. */
function ofDestination(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const fields = error.fields.map((each) => ({ ...each, field: `destination_${each.field}` }));
  return new ApiError(error.status, error.code, error.message, fields, error.retryAfterS, error.requestId);
}

export function NewCampaignPage() {
  const navigate = useNavigate();
  const { mutateAsync: createCampaign } = useCreateCampaign();
  const { mutateAsync: saveDestination } = useSaveDestination();
  /** Made in a try that failed later, and not to be made twice. */
  const made = useRef<{ key: string; id: string }>(undefined);

  async function destinationOf(values: NewCampaignValues): Promise<string> {
    const { is_new_destination, destination_id, destination_url: url } = values;
    if (!is_new_destination) return destination_id ?? '';
    const name = values.destination_name.trim() || values.name.trim();
    const key = `${name} ${url}`;
    if (made.current?.key === key) return made.current.id;
    try {
      const { id } = await saveDestination({
        input: { name, url, kind: 'offer', health_check: { enabled: true, url: null } },
      });
      made.current = { key, id };
      return id;
    } catch (error) {
      throw ofDestination(error);
    }
  }

  const entityForm = useEntityForm<NewCampaignValues, Campaign>({
    schema: newCampaignSchema,
    entity: undefined,
    toValues: empty,
    save: async (values) => createCampaign(newCampaignInput(values, await destinationOf(values))),
    rename: newCampaignField,
    onSaved: ({ id, name }) => {
      notifyDone(`“${name}” takes clicks`);
      void navigate({ to: '/campaigns/$id', params: { id }, search: { tab: 'links' }, ignoreBlocker: true });
    },
  });
  const { control, form } = entityForm;
  const isNew = useWatch({ control, name: 'is_new_destination' });

  return (
    <>
      <PageHeader title="New campaign" parents={PARENTS} />
      <Stack maw={640}>
        <EntityForm
          form={entityForm}
          labels={LABELS}
          submitLabel="Create campaign"
          onCancel={() => void navigate({ to: '/campaigns' })}
        >
          <Card>
            <Stack gap="md">
              <TextField
                control={control}
                name="name"
                label="Name"
                required
                autoFocus
                onInput={(event) => {
                  // A slug that nobody has chosen follows the name.
                  if (!form.getFieldState('slug').isTouched)
                    form.setValue('slug', slugFrom(event.currentTarget.value));
                }}
              />
              <TextField
                control={control}
                name="slug"
                label="Slug"
                required
                description="Its link is /c/ and this"
              />
              <Group align="flex-end" gap="xs">
                <div style={{ flex: 1 }}>
                  <EntityField
                    control={control}
                    name="source_id"
                    kind="source"
                    label="Traffic source"
                    placeholder="Any source"
                  />
                </div>
                <LinkButton to="/sources/new" variant="default" leftSection={<IconPlus size={16} />}>
                  New
                </LinkButton>
              </Group>
              <div>
                <Text size="sm" fw={500} mb={6}>
                  Where its clicks go
                </Text>
                <SegmentedControl
                  aria-label="Where its clicks go"
                  mb="sm"
                  data={[
                    { value: 'new', label: 'A new destination' },
                    { value: 'known', label: 'One that is there' },
                  ]}
                  value={isNew ? 'new' : 'known'}
                  onChange={(next) =>
                    form.setValue('is_new_destination', next === 'new', { shouldDirty: true })
                  }
                />
                {isNew ? (
                  <Stack gap="sm">
                    <TextField
                      control={control}
                      name="destination_url"
                      label="URL"
                      required
                      styles={MONO}
                      placeholder="https://offer.example/?cid={click_id}&geo={country}"
                      description="{click_id} is what the network sends back with a conversion"
                    />
                    <TextField
                      control={control}
                      name="destination_name"
                      label="Its name"
                      placeholder="As the campaign"
                    />
                  </Stack>
                ) : (
                  <EntityField
                    control={control}
                    name="destination_id"
                    kind="destination"
                    label="Destination"
                    required
                  />
                )}
              </div>
              <Text size="sm" c="dimmed">
                It begins with one stream that takes every click. Rules, shares, caps and schedules come next,
                in its editor.
              </Text>
            </Stack>
          </Card>
        </EntityForm>
      </Stack>
    </>
  );
}
