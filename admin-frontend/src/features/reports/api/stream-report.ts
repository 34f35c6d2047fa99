/** Reports as CSV: all rows of one as they come in, and one as a file. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { apiErrorFrom } from '@/lib/api/error';
import { sessionFetch } from '@/lib/api/transport';
import { CsvReader } from '../model/csv';
import { csvRows, type Row } from '../model/rows';
import { REPORT_STALE_MS, type ReportRequest } from './query-report';

/** A browser holds so many at ease; more are for the file. */
export const MOST_ROWS = 100_000;
/** How often what came in is shown. */
const SHOW_EVERY_MS = 250;

async function askCsv(body: ReportRequest, signal?: AbortSignal): Promise<Response> {
  const request = new Request(new URL('/api/reports/query', window.location.origin), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'text/csv' },
    body: JSON.stringify({ ...body, format: 'csv' }),
    signal,
  });
  const response = await sessionFetch(request);
  if (!response.ok) throw apiErrorFrom(response, await response.json().catch(() => undefined));
  return response;
}

async function readRows(
  body: ReportRequest,
  metrics: string[],
  signal: AbortSignal,
  show: (rows: Row[]) => void,
): Promise<Row[]> {
  const response = await askCsv({ ...body, limit: MOST_ROWS }, signal);
  if (!response.body) return [];
  const csv = new CsvReader();
  const rows: Row[] = [];
  let toRow: ((cells: string[]) => Row) | undefined;
  let shownAt = performance.now();
  const take = (lines: string[][]) => {
    for (const cells of lines) {
      if (toRow) rows.push(toRow(cells));
      else toRow = csvRows(cells, body.group_by ?? [], metrics);
    }
  };
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    take(csv.read(value));
    if (performance.now() - shownAt > SHOW_EVERY_MS) {
      shownAt = performance.now();
      show(rows.slice());
    }
  }
  take(csv.finish());
  return rows;
}

/** All rows of a report that is longer than a page of JSON; they grow while they come. */
export function useAllRows(body: ReportRequest, metrics: string[], enabled: boolean) {
  const client = useQueryClient();
  const queryKey = ['reports', 'rows', body, metrics];
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => readRows(body, metrics, signal, (rows) => client.setQueryData(queryKey, rows)),
    enabled,
    staleTime: REPORT_STALE_MS,
    gcTime: 30_000,
    refetchOnWindowFocus: false,
    // Its identity says that rows were added: comparing 100,000 of them helps nobody.
    structuralSharing: false,
  });
}

/** The whole report as a file of the browser's downloads. */
export async function downloadReport(body: ReportRequest, name: string): Promise<void> {
  const blob = await (await askCsv(body)).blob();
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
