import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { sourceOptions, type Source } from './source';

type Written = {
  input: Schemas['NewTrafficSourceInput'] & { name: string; slug: string };
  existing?: { id: string; revision: number };
};

function write({ input, existing }: Written): Promise<Source> {
  if (!existing) return answer(api.POST('/api/traffic-sources', { body: input }));
  const { id, revision } = existing;
  const { name, slug, status, postbacks } = input;
  return answer(
    api.PUT('/api/traffic-sources/{id}', {
      params: { path: { id } },
      body: { name, slug, status, postbacks, revision },
    }),
  );
}

export function useSaveSource() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: async (saved) => {
      client.setQueryData(sourceOptions(saved.id).queryKey, saved);
      await Promise.all([
        client.invalidateQueries({ queryKey: ['sources', 'list'] }),
        client.invalidateQueries({ queryKey: ['entities', 'source'] }),
      ]);
    },
  });
}
