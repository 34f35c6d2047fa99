/** The page's state as the API is asked for it. */
import type { Range } from '@/lib/time/period';
import type { ReportRequest } from '../api/query-report';
import { groupedBy, pathFilters } from './drill';
import type { FilterNode } from './filter';
import type { ReportState } from './state';

/** `mayNotSort`: what the caller may not sort by. */
export function reportRequest(
  state: ReportState,
  range: Range,
  zone: string,
  mayNotSort: ReadonlySet<string>,
): ReportRequest {
  const group_by = groupedBy(state);
  const grouped = new Set(state.by);
  const isDimension = grouped.has(state.sort.by);
  const isSortable = !mayNotSort.has(state.sort.by) && (!isDimension || group_by.includes(state.sort.by));
  return {
    ...scope(state, range, zone),
    group_by,
    having: state.having,
    sort: [isSortable ? state.sort : { by: 'clicks', order: 'desc' }],
    compare: state.period.compare ?? null,
  };
}

/** Period and filters: what every question about the same report has in common. */
export function scope(state: ReportState, range: Range, zone: string) {
  return {
    ...range,
    timezone: zone,
    filters: everything([...pathFilters(state), ...state.filters]),
    conversion_time: state.conversionTime,
  } satisfies ReportRequest;
}

export function everything(nodes: FilterNode[]): FilterNode | null {
  return nodes.length > 0 ? { all: nodes } : null;
}
