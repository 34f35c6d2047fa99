import { useMutation } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Explanation = Schemas['Explanation'];

/** What a postback would do; nothing is done. */
export function useTestPostback() {
  return useMutation({
    mutationFn: (body: Schemas['PostbackTest']) => answer(api.POST('/api/postbacks/test', { body })),
  });
}
