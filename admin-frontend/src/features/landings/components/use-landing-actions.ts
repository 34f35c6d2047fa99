import { useEntityActions } from '@/components/ui/entity/use-entity-actions';
import { useDeleteLanding } from '../api/delete-landing';
import type { Landing } from '../api/landing';
import { useSetLandingStatus } from '../api/landing-status';

export const nameOf = ({ name }: Landing) => name;

export function useLandingActions() {
  const { mutateAsync: setStatus } = useSetLandingStatus();
  const { mutateAsync: remove } = useDeleteLanding();
  return useEntityActions<Landing>({
    kind: 'landing',
    nameOf,
    setStatus,
    remove,
    deleteNote:
      'A landing page that clicks were recorded for is archived instead, and one that a campaign uses is kept.',
    archiveNote: 'they take no more clicks until restored.',
  });
}
