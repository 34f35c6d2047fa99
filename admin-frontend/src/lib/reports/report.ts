import { answer, api, type Schemas } from '../api/client';

export type ReportRow = Schemas['ReportRow'];
type Request = Schemas['ReportRequest'];

const PLAIN: Request = {
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
  with_total: false,
  conversion_time: null,
  compare: null,
  format: null,
  read_from: null,
};

/** A report as it is asked for in a body, which takes filters that no query string does. */
export async function readReport(request: Partial<Request>, signal: AbortSignal): Promise<ReportRow[]> {
  const found = await answer(api.POST('/api/reports/query', { body: { ...PLAIN, ...request }, signal }));
  // Text is what CSV would be, which was not asked for.
  return typeof found === 'string' ? [] : found.items;
}

export function onlyWhere(field: string, values: string[]): Schemas['ReportFilter'] {
  return { condition: { field, operator: 'in', values } };
}
