/** A report under a name: what of the page's state the API keeps, and a state made of what it kept. */
import { addDays, dayIn } from '@/lib/time/zone';
import { PRESET_NAMES, type Range } from '@/lib/time/period';
import { wholeRequest } from '../api/query-report';
import type { SavedView, SavedViewInput } from '../api/saved-views';
import { groupedBy, pathFilters } from './drill';
import { everything } from './request';
import { DEFAULT_STATE, type ReportState } from './state';

type Kept = Pick<SavedViewInput, 'report' | 'query' | 'cohort' | 'columns'>;

/** Periods that the API moves with the clock too. */
function movingPeriod({ period, from }: ReportState['period']) {
  if (from) return undefined;
  return period === 'last_14_days' ? undefined : (period ?? 'last_7_days');
}

export function movesWithClock(state: ReportState): boolean {
  return movingPeriod(state.period) !== undefined;
}

/** Gone into rows become filters: a view opens as what was on the page. */
export function viewOf(state: ReportState, range: Range, zone: string): Kept {
  const group_by = groupedBy(state);
  const isRest = state.by.length - state.at.length <= 5;
  const period = movingPeriod(state.period);
  return {
    report: state.tab === 'table' ? 'grouped' : state.tab,
    query: wholeRequest({
      ...(period ? { period } : range),
      timezone: zone,
      group_by: isRest ? state.by.slice(state.at.length) : group_by,
      filters: everything([...pathFilters(state), ...state.filters]),
      having: state.having,
      sort: [
        state.by.includes(state.sort.by) && !group_by.includes(state.sort.by)
          ? DEFAULT_STATE.sort
          : state.sort,
      ],
      conversion_time: state.conversionTime,
      compare: state.period.compare ?? null,
    }),
    cohort: state.tab === 'cohort' ? state.cohort : null,
    columns: state.columns,
  };
}

/** `before` gives what the API does not keep: chart, colours and layout stay as they are. */
export function stateOfView(view: SavedView, before: ReportState): ReportState {
  const { query, report, cohort, columns = [] } = view;
  const { filters } = query;
  const zone = query.timezone ?? 'UTC';
  const known = PRESET_NAMES.find((name) => name === query.period);
  const compare = (['previous_period', 'previous_year'] as const).find((name) => name === query.compare);
  const days = known === undefined ? daysOf(query, zone) : undefined;
  const [sort] = query.sort ?? [];
  return {
    ...before,
    period: { period: known === 'last_7_days' ? undefined : known, ...days, tz: zone, compare },
    tab: report === 'cohort' || report === 'funnel' ? report : 'table',
    by:
      query.group_by && query.group_by.length > 0
        ? query.group_by
        : report === 'daily'
          ? ['day']
          : DEFAULT_STATE.by,
    at: [],
    filters: filters ? ('all' in filters ? filters.all : [filters]) : [],
    having: query.having ?? [],
    sort: sort ? { by: sort.by, order: sort.order ?? 'desc' } : DEFAULT_STATE.sort,
    columns: columns.length > 0 ? columns : before.columns,
    conversionTime: query.conversion_time ?? 'conversion',
    cohort: { ...DEFAULT_STATE.cohort, ...cohort },
    view: view.id,
  };
}

function daysOf({ from, to, period }: SavedViewInput['query'], zone: string) {
  const now = new Date();
  if (from && to) return { from: dayIn(new Date(from), zone), to: dayIn(new Date(Date.parse(to) - 1), zone) };
  if (period === 'last_week') {
    const today = dayIn(now, zone);
    const monday = addDays(today, -((new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7));
    return { from: addDays(monday, -7), to: addDays(monday, -1) };
  }
  return from ? { from: dayIn(new Date(from), zone), to: dayIn(now, zone) } : undefined;
}
