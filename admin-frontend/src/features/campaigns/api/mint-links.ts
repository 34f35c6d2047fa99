import { useMutation } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type LinkRequest = Schemas['LinkRequest'];
export type SignedLink = Schemas['Link'];

export function useMintLinks(id: string) {
  return useMutation({
    mutationFn: async (body: LinkRequest) => {
      const { items } = await answer(
        api.POST('/api/campaigns/{id}/links', { params: { path: { id } }, body }),
      );
      return items;
    },
  });
}
