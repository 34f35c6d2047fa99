import { Card } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { DestinationFields } from '@/components/ui/destination/destination-fields';
import {
  DESTINATION_LABELS,
  destinationSchema,
  destinationValues,
  withoutHiddenCaps,
} from '@/components/ui/destination/destination-values';
import { EntityForm } from '@/components/ui/form/entity-form';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { useMay } from '@/lib/session/me';
import { destinationOptions, type Destination } from '../api/destination';
import { useSaveDestination } from '../api/save-destination';

type Props = {
  destination: Destination | undefined;
  onSaved: (destination: Destination) => void;
  onCancel?: () => void;
};

export function DestinationForm({ destination, onSaved, onCancel }: Props) {
  const client = useQueryClient();
  const { mutateAsync: save } = useSaveDestination();
  const mayWrite = useMay('config:write');
  const form = useEntityForm({
    schema: destinationSchema,
    entity: destination,
    toValues: destinationValues,
    save: (values, revision) =>
      save({
        input: withoutHiddenCaps(values),
        existing: destination && revision !== undefined ? { id: destination.id, revision } : undefined,
      }),
    reload: destination && (() => client.fetchQuery({ ...destinationOptions(destination.id), staleTime: 0 })),
    onSaved,
  });
  return (
    <EntityForm
      form={form}
      submitLabel={destination ? 'Save' : 'Create destination'}
      onCancel={onCancel}
      labels={DESTINATION_LABELS}
      isReadOnly={!mayWrite}
    >
      <Card>
        <DestinationFields control={form.control} ownId={destination?.id} />
      </Card>
    </EntityForm>
  );
}
