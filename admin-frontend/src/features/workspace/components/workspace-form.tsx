import { Card, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { PageLink } from '@/components/ui/display/page-link';
import { notifyDone } from '@/components/ui/feedback/notify';
import { CountriesField } from '@/components/ui/form/countries-field';
import { CurrencyField } from '@/components/ui/form/currency-field';
import { EntityForm } from '@/components/ui/form/entity-form';
import { EntityField, SwitchField, TextField } from '@/components/ui/form/fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { useMay } from '@/lib/session/me';
import { usePatchWorkspace } from '../api/patch-workspace';
import { workspaceOptions, type Workspace } from '../api/workspace';
import { WORKSPACE_LABELS, workspaceSchema, workspaceValues } from './workspace-values';

export function WorkspaceForm({ workspace }: { workspace: Workspace }) {
  const client = useQueryClient();
  const { mutateAsync: save } = usePatchWorkspace();
  const mayManage = useMay('workspace:manage');
  const form = useEntityForm({
    schema: workspaceSchema,
    entity: workspace,
    toValues: workspaceValues,
    save: (values, revision) => save({ ...values, revision: revision ?? workspace.revision }),
    reload: () => client.fetchQuery({ ...workspaceOptions, staleTime: 0 }),
    onSaved: ({ name }) => notifyDone(`“${name}” saved. Nodes have it within seconds.`),
  });
  const { control } = form;
  return (
    <EntityForm form={form} labels={WORKSPACE_LABELS} isReadOnly={!mayManage}>
      <Stack gap="md">
        {!mayManage && (
          <Text size="sm" c="dimmed">
            Your role only reads these settings. Admins and owners of the workspace change them.
          </Text>
        )}
        <Card>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextField control={control} name="name" label="Name" required disabled={!mayManage} />
            <CurrencyField
              control={control}
              name="currency"
              label="Currency"
              description="Of all reports. Other currencies are converted by the rates of their days."
              disabled={!mayManage}
            />
          </SimpleGrid>
        </Card>
        <Card>
          <Title order={2}>Traffic</Title>
          <Text size="sm" c="dimmed" mb="sm">
            What holds where neither a campaign nor a destination says otherwise.
          </Text>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <CountriesField
              control={control}
              name="geo.allow"
              label="Only these countries"
              description="None: all. Where there are some, an unknown country is not one of them."
            />
            <CountriesField
              control={control}
              name="geo.block"
              label="Not these countries"
              description="Their clicks go to trafficback."
            />
            <EntityField
              control={control}
              name="trafficback_destination_id"
              kind="destination"
              label="Trafficback"
              description="Takes what no stream of a campaign can serve."
              placeholder="None"
              disabled={!mayManage}
            />
          </SimpleGrid>
          <Text size="sm" c="dimmed" mt="sm">
            Clients that are always or never bots are under{' '}
            <PageLink isInline to="/settings/bot-lists">
              Bot lists
            </PageLink>
            , host names of campaigns under{' '}
            <PageLink isInline to="/domains">
              Domains
            </PageLink>
            .
          </Text>
        </Card>
        <Card>
          <SwitchField
            control={control}
            name="store_full_ip"
            label="Store full addresses of visitors"
            description="Off: only a hash and the network are kept of an address. How long they stay is under Privacy."
            disabled={!mayManage}
          />
        </Card>
      </Stack>
    </EntityForm>
  );
}
