import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Webhook = Schemas['ShownWebhook'];

export function webhookOptions(id: string) {
  return queryOptions({
    queryKey: ['webhooks', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/webhooks/{id}', { params: { path: { id } }, signal })),
  });
}
