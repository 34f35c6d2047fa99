import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { webhookOptions, type Webhook } from './webhook';

export type WebhookInput = Schemas['WebhookInput'];

type Written = { input: WebhookInput; existing?: { id: string; revision: number } };

function write({ input, existing }: Written): Promise<Webhook> {
  if (!existing) return answer(api.POST('/api/webhooks', { body: input }));
  const { id, revision } = existing;
  return answer(api.PUT('/api/webhooks/{id}', { params: { path: { id } }, body: { ...input, revision } }));
}

export function useSaveWebhook() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: async (saved) => {
      client.setQueryData(webhookOptions(saved.id).queryKey, saved);
      await Promise.all([
        client.invalidateQueries({ queryKey: ['webhooks', 'list'] }),
        client.invalidateQueries({ queryKey: ['entities', 'webhook'] }),
      ]);
    },
  });
}
