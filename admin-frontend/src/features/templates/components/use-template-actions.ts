import { useEntityActions } from '@/components/ui/entity/use-entity-actions';
import { useDeleteTemplate } from '../api/delete-template';
import type { Template } from '../api/template';
import { useSetTemplateStatus } from '../api/template-status';

export const nameOf = ({ name }: Template) => name;

export function useTemplateActions() {
  const { mutateAsync: setStatus } = useSetTemplateStatus();
  const { mutateAsync: remove } = useDeleteTemplate();
  return useEntityActions<Template>({
    kind: 'template',
    nameOf,
    setStatus,
    remove,
    deleteNote: 'A template that a network uses is kept.',
    archiveNote: 'networks that use them go on as they are.',
  });
}
