import { answer, api, type Schemas } from '@/lib/api/client';
import type { Stream } from './streams';

export function replaceStream(id: string, body: Schemas['StreamInputReplacement']): Promise<Stream> {
  return answer(api.PUT('/api/streams/{id}', { params: { path: { id } }, body }));
}
