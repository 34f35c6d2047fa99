import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Rate = Schemas['CurrencyRate'];

type Request = { limit: number; offset: number; currency?: string };

export function ratesOptions(query: Request) {
  return queryOptions({
    queryKey: ['rates', 'list', query],
    queryFn: ({ signal }) => answer(api.GET('/api/currency-rates', { params: { query }, signal })),
  });
}

export function useRates(query: Request) {
  return useQuery({ ...ratesOptions(query), placeholderData: keepPreviousData });
}
