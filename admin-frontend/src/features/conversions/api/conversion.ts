import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type ConversionHistory = Schemas['ConversionHistory'];

export function conversionOptions(id: string) {
  return queryOptions({
    queryKey: ['conversions', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/conversions/{id}', { params: { path: { id } }, signal })),
  });
}

export function useConversion(id: string | undefined) {
  return useQuery({ ...conversionOptions(id ?? ''), enabled: id !== undefined });
}
