import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Template = Schemas['ShownPostbackTemplate'];

export function templateOptions(id: string) {
  return queryOptions({
    queryKey: ['templates', 'one', id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/postback-templates/{id}', { params: { path: { id } }, signal })),
  });
}
