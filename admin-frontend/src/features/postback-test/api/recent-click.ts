import { useMutation } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

/** The id of the newest click, so that a test has one to speak of. */
export function useRecentClick() {
  return useMutation({
    mutationFn: async () => {
      const { items } = await answer(api.GET('/api/clicks', { params: { query: { limit: 1 } } }));
      const [click] = items;
      if (!click) throw new Error('There are no clicks yet.');
      return click.click_id;
    },
  });
}
