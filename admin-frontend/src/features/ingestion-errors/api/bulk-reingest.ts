import { answer, api, type Schemas } from '@/lib/api/client';

export type BulkAsked = Schemas['BulkReingest'];
export type BulkAnswer = Schemas['BulkReingested'];

/** One step; the next one begins at its `next_from` and `next_after`. */
export function reingestSome(body: BulkAsked, signal: AbortSignal): Promise<BulkAnswer> {
  return answer(api.POST('/api/ingestion-errors/reingest', { body, signal }));
}
