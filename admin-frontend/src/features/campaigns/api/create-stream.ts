import { answer, api, type Schemas } from '@/lib/api/client';
import type { Stream } from './streams';

export function createStream(campaign: string, body: Schemas['StreamInput']): Promise<Stream> {
  return answer(api.POST('/api/campaigns/{id}/streams', { params: { path: { id: campaign } }, body }));
}
