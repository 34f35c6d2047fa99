import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { templateOptions, type Template } from './template';

/**
 * The secret goes in and never comes out, so the description of the API, which is of what comes out, does not name it.
 * Left out: as it was; null: none.
 */
type WithSecret = { secret?: string | null };
export type TemplateInput = Schemas['NewPostbackTemplateInput'] &
  WithSecret & { name: string; slug: string; preset?: string };

type Written = { input: TemplateInput; existing?: { id: string; revision: number } };

function write({ input, existing }: Written): Promise<Template> {
  if (!existing) return answer(api.POST('/api/postback-templates', { body: input }));
  const { id, revision } = existing;
  return answer(
    api.PUT('/api/postback-templates/{id}', { params: { path: { id } }, body: { ...input, revision } }),
  );
}

export function useSaveTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: async (saved) => {
      client.setQueryData(templateOptions(saved.id).queryKey, saved);
      await Promise.all([
        client.invalidateQueries({ queryKey: ['templates', 'list'] }),
        client.invalidateQueries({ queryKey: ['entities', 'template'] }),
      ]);
    },
  });
}
