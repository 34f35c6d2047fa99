import { useEntityActions } from '@/components/ui/entity/use-entity-actions';
import { useDeleteDomain } from '../api/delete-domain';
import type { Domain } from '../api/domain';
import { useSetDomainStatus } from '../api/domain-status';

export const nameOf = ({ host }: Domain) => host;

export function useDomainActions() {
  const { mutateAsync: setStatus } = useSetDomainStatus();
  const { mutateAsync: remove } = useDeleteDomain();
  return useEntityActions<Domain>({
    kind: 'domain',
    nameOf,
    setStatus,
    remove,
    deleteNote: 'A domain that a campaign uses is kept.',
    archiveNote: 'their links stop working until restored.',
  });
}
