import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { pageOfLog } from '@/lib/api/log-page';
import { alsoAsk } from '@/lib/api/query';

export type IngestionError = Schemas['IngestionErrorItem'];

export type IngestionErrorsRequest = {
  limit: number;
  offset: number;
  q?: string;
  from: string;
  to: string;
  filters: Record<string, string | boolean>;
};

export function ingestionErrorsOptions({ filters, ...query }: IngestionErrorsRequest) {
  return queryOptions({
    queryKey: ['ingestion-errors', 'list', filters, query],
    queryFn: async ({ signal }) =>
      pageOfLog(
        await answer(
          api.GET('/api/ingestion-errors', { params: { query }, querySerializer: alsoAsk(filters), signal }),
        ),
      ),
  });
}

export function useIngestionErrors(request: IngestionErrorsRequest) {
  return useQuery({ ...ingestionErrorsOptions(request), placeholderData: keepPreviousData });
}
