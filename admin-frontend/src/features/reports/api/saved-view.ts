import { answer, api } from '@/lib/api/client';
import type { SavedView } from './saved-views';

export function readSavedView(id: string): Promise<SavedView> {
  return answer(api.GET('/api/saved-views/{id}', { params: { path: { id } } }));
}
