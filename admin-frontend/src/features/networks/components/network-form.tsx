import { Card, SimpleGrid } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { EntityForm } from '@/components/ui/form/entity-form';
import { EntityField, TextField } from '@/components/ui/form/fields';
import { StatusField } from '@/components/ui/form/status-field';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { slugFrom } from '@/lib/format/slug';
import { useMay } from '@/lib/session/me';
import { networkOptions, type Network } from '../api/network';
import { useSaveNetwork } from '../api/save-network';
import { NETWORK_LABELS, networkSchema, networkValues } from './network-values';

type Props = { network: Network | undefined; onSaved: (network: Network) => void; onCancel?: () => void };

export function NetworkForm({ network, onSaved, onCancel }: Props) {
  const client = useQueryClient();
  const { mutateAsync: save } = useSaveNetwork();
  const mayWrite = useMay('config:write');
  const entityForm = useEntityForm({
    schema: networkSchema,
    entity: network,
    toValues: networkValues,
    save: (input, revision) =>
      save({
        input,
        existing: network && revision !== undefined ? { id: network.id, revision } : undefined,
      }),
    reload: network && (() => client.fetchQuery({ ...networkOptions(network.id), staleTime: 0 })),
    onSaved,
  });
  const { control, form } = entityForm;
  return (
    <EntityForm
      form={entityForm}
      submitLabel={network ? 'Save' : 'Create network'}
      onCancel={onCancel}
      labels={NETWORK_LABELS}
      isReadOnly={!mayWrite}
    >
      <Card>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextField
            control={control}
            name="name"
            label="Name"
            required
            autoFocus={!network}
            onInput={(event) => {
              // A slug that nobody has chosen follows the name.
              if (!network && !form.getFieldState('slug').isTouched)
                form.setValue('slug', slugFrom(event.currentTarget.value));
            }}
          />
          <TextField
            control={control}
            name="slug"
            label="Slug"
            required
            description={
              network
                ? 'Part of the postback URL: changing it breaks what the network has'
                : 'Part of the postback URL'
            }
          />
          <EntityField
            control={control}
            name="template_id"
            kind="template"
            label="Template"
            placeholder="None: the default names"
          />
          <StatusField control={control} name="status" />
        </SimpleGrid>
      </Card>
    </EntityForm>
  );
}
