import { useEntityActions } from '@/components/ui/entity/use-entity-actions';
import { useDeleteDestination } from '../api/delete-destination';
import type { Destination } from '../api/destination';
import { useSetDestinationStatus } from '../api/destination-status';

export const nameOf = ({ name }: Destination) => name;

export function useDestinationActions() {
  const { mutateAsync: setStatus } = useSetDestinationStatus();
  const { mutateAsync: remove } = useDeleteDestination();
  return useEntityActions<Destination>({
    kind: 'destination',
    nameOf,
    setStatus,
    remove,
    deleteNote:
      'A destination that clicks were recorded for is archived instead, and one that something still uses is kept.',
    archiveNote: 'they take no more clicks until restored.',
  });
}
