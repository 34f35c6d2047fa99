import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

const SHOWN = 100;

/** Networks whose postbacks are read by it. */
export function networksOfTemplateOptions(id: string) {
  return queryOptions({
    queryKey: ['networks', 'list', 'of-template', id],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/affiliate-networks', {
          params: { query: { template_id: id, limit: SHOWN, sort: 'name', order: 'asc' } },
          signal,
        }),
      ),
  });
}
