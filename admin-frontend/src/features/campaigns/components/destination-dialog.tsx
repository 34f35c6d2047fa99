/** Makes or changes a destination beside the campaign: it is saved by itself, the campaign's form stays as it is. */
import { Drawer, Skeleton, Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import {
  DESTINATION_LABELS,
  destinationSchema,
  destinationValues,
  withoutHiddenCaps,
  NEW_DESTINATION,
  type DestinationValues,
} from '@/components/ui/destination/destination-values';
import { DestinationFields } from '@/components/ui/destination/destination-fields';
import { notifyDone } from '@/components/ui/feedback/notify';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { EntityForm } from '@/components/ui/form/entity-form';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { useMay } from '@/lib/session/me';
import { destinationOptions } from '../api/destination';
import type { Destination } from '../api/list-destinations';
import { useSaveDestination } from '../api/save-destination';
import { CapUsage } from '@/components/ui/destination/cap-usage';

type FormProps = {
  destination: Destination | undefined;
  start?: DestinationValues;
  onSaved: (destination: Destination) => void;
  onCancel: () => void;
};

function DestinationForm({ destination, start, onSaved, onCancel }: FormProps) {
  const client = useQueryClient();
  const { mutateAsync: save } = useSaveDestination();
  const mayWrite = useMay('config:write');
  const form = useEntityForm({
    schema: destinationSchema,
    entity: destination,
    start,
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
      isShort
      isReadOnly={!mayWrite}
      submitLabel={destination ? 'Save the destination' : 'Create'}
      onCancel={onCancel}
      labels={DESTINATION_LABELS}
    >
      <DestinationFields control={form.control} ownId={destination?.id} />
    </EntityForm>
  );
}

function EditDestination({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, refetch } = useQuery(destinationOptions(id));
  if (error && !data) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton h={400} />;
  return (
    <Stack gap="md">
      <CapUsage destination={data} />
      <DestinationForm
        key={id}
        destination={data}
        onCancel={onClose}
        onSaved={({ name }) => {
          notifyDone(`“${name}” saved`);
          onClose();
        }}
      />
    </Stack>
  );
}

type Open =
  | { kind: 'edit'; id: string }
  | { kind: 'create'; start: DestinationValues; onMade: (destination: Destination) => void };

export function useDestinationDialog(): {
  edit: (id: string) => void;
  create: (kind: DestinationValues['kind'], onMade: (destination: Destination) => void) => void;
  element: ReactNode;
} {
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  return {
    edit: (id) => setOpen({ kind: 'edit', id }),
    create: (kind, onMade) => setOpen({ kind: 'create', start: { ...NEW_DESTINATION, kind }, onMade }),
    element: (
      <Drawer
        opened={open !== undefined}
        onClose={close}
        size={620}
        title={open?.kind === 'edit' ? 'Destination' : 'New destination'}
      >
        {open?.kind === 'edit' && <EditDestination id={open.id} onClose={close} />}
        {open?.kind === 'create' && (
          <DestinationForm
            destination={undefined}
            start={open.start}
            onCancel={close}
            onSaved={(made) => {
              notifyDone(`“${made.name}” created`);
              open.onMade(made);
              close();
            }}
          />
        )}
      </Drawer>
    ),
  };
}
