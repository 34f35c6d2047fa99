import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import { savedViewsOptions, type SavedView, type SavedViewInput } from './saved-views';

type Written = { input: SavedViewInput; existing?: Pick<SavedView, 'id' | 'revision'> };

function write({ input, existing }: Written): Promise<SavedView> {
  if (!existing) return answer(api.POST('/api/saved-views', { body: input }));
  const { id, revision } = existing;
  return answer(api.PUT('/api/saved-views/{id}', { params: { path: { id } }, body: { ...input, revision } }));
}

export function useSaveView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: () => client.invalidateQueries({ queryKey: savedViewsOptions.queryKey }),
  });
}
