import { useEntityActions } from '@/components/ui/entity/use-entity-actions';
import { useDeleteNetwork } from '../api/delete-network';
import type { Network } from '../api/network';
import { useSetNetworkStatus } from '../api/network-status';

export const nameOf = ({ name }: Network) => name;

export function useNetworkActions() {
  const { mutateAsync: setStatus } = useSetNetworkStatus();
  const { mutateAsync: remove } = useDeleteNetwork();
  return useEntityActions<Network>({
    kind: 'network',
    nameOf,
    setStatus,
    remove,
    deleteNote: 'A network with conversions is archived instead.',
    archiveNote: 'their postbacks are refused until they are restored.',
  });
}
