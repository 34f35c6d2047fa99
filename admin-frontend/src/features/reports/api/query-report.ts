import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type ReportRequest = Partial<Schemas['ReportRequest']>;
export type GroupedReport = Schemas['GroupedReport'];

const NOTHING_ASKED: Schemas['ReportRequest'] = {
  from: null,
  to: null,
  period: null,
  timezone: null,
  group_by: [],
  filters: null,
  having: [],
  sort: [],
  limit: null,
  offset: null,
  with_total: null,
  conversion_time: null,
  compare: null,
  format: null,
  read_from: null,
};

/** With all fields, as the API's description has it. */
export function wholeRequest(request: ReportRequest): Schemas['ReportRequest'] {
  return { ...NOTHING_ASKED, ...request };
}

export async function askReport(request: ReportRequest, signal: AbortSignal): Promise<GroupedReport> {
  const body = wholeRequest({ ...request, format: 'json' });
  const found = await answer(api.POST('/api/reports/query', { body, signal }));
  if (typeof found === 'string') throw new Error('The report came as text.');
  return found;
}

/** Reports stay as they were read until somebody refreshes them: figures do not move under one's eyes. */
export const REPORT_STALE_MS = 60_000;

export function reportOptions(body: ReportRequest) {
  return queryOptions({
    queryKey: ['reports', 'query', body],
    /** With what its rows are grouped by. */
    queryFn: async ({ signal }) => ({ ...(await askReport(body, signal)), group_by: body.group_by ?? [] }),
    staleTime: REPORT_STALE_MS,
    refetchOnWindowFocus: false,
  });
}

export function useReport(body: ReportRequest, enabled = true) {
  return useQuery({ ...reportOptions(body), enabled, placeholderData: keepPreviousData });
}
