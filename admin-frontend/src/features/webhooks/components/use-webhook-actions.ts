import { useEntityActions } from '@/components/ui/entity/use-entity-actions';
import { useDeleteWebhook } from '../api/delete-webhook';
import type { Webhook } from '../api/webhook';
import { useSetWebhookStatus } from '../api/webhook-status';

export const nameOf = ({ name }: Webhook) => name;

export function useWebhookActions() {
  const { mutateAsync: setStatus } = useSetWebhookStatus();
  const { mutateAsync: remove } = useDeleteWebhook();
  return useEntityActions<Webhook>({
    kind: 'webhook',
    nameOf,
    setStatus,
    remove,
    deleteNote: 'It is told nothing any more.',
    archiveNote: 'they are told nothing until restored.',
  });
}
