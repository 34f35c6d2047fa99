import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

/** The template of a preset: what it does not name is the preset's. A secret is kept only as its hash. */
type FromPreset = { preset: string; name: string; slug: string; secret?: string };

export function useCreateTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: FromPreset) => answer(api.POST('/api/postback-templates', { body })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['templates', 'list'] }),
        client.invalidateQueries({ queryKey: ['entities', 'template'] }),
      ]),
  });
}
