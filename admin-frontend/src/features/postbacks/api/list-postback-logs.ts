import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { pageOfLog } from '@/lib/api/log-page';
import { alsoAsk } from '@/lib/api/query';

export type PostbackLog = Schemas['PostbackLogItem'];

export type PostbackLogsRequest = {
  limit: number;
  offset: number;
  q?: string;
  from: string;
  to: string;
  filters: Record<string, string | boolean>;
};

export function postbackLogsOptions({ filters, ...query }: PostbackLogsRequest) {
  return queryOptions({
    queryKey: ['postback-logs', 'list', filters, query],
    queryFn: async ({ signal }) =>
      pageOfLog(
        await answer(
          api.GET('/api/postback-logs', { params: { query }, querySerializer: alsoAsk(filters), signal }),
        ),
      ),
  });
}

export function usePostbackLogs(request: PostbackLogsRequest) {
  return useQuery({ ...postbackLogsOptions(request), placeholderData: keepPreviousData });
}

const LOOK_AGAIN_MS = 20_000;

/** How many there are by now, for "3 new". */
export function usePostbackLogCount(request: PostbackLogsRequest) {
  return useQuery({
    ...postbackLogsOptions({ ...request, limit: 1, offset: 0 }),
    refetchInterval: LOOK_AGAIN_MS,
    select: ({ total }) => total,
  }).data;
}
