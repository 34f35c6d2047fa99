import { answer, api, done } from '@/lib/api/client';
import { isNotFound } from '@/lib/api/error';
import type { Stream } from './streams';

/** One that clicks were recorded for is archived instead, and given back; one that is gone already is as good. */
export async function deleteStream(id: string): Promise<Stream | undefined> {
  try {
    await done(api.DELETE('/api/streams/{id}', { params: { path: { id } } }));
    return await answer(api.GET('/api/streams/{id}', { params: { path: { id } } }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
