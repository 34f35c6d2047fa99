/** Going into a report, and back out of it: what the dimensions, the values gone into and the table make of each other. */
import { conditionsOf, is, type FilterNode } from './filter';
import { MOST_GROUPED, type ReportState } from './state';

type Path = Pick<ReportState, 'by' | 'at'>;

/** What the table is grouped by now. */
export function groupedBy({ by, at, isFlat }: Pick<ReportState, 'by' | 'at' | 'isFlat'>): string[] {
  return by.slice(at.length, at.length + (isFlat ? MOST_GROUPED : 1));
}

export function pathFilters({ by, at }: Path): FilterNode[] {
  return at.map((value, index) => is(by[index] ?? '', 'eq', value));
}

/** The first that nothing says anything of yet, in the API's order. */
export function nextDimension(state: Pick<ReportState, 'by' | 'filters'>, all: string[]): string | undefined {
  const isSaid = new Set([
    ...state.by,
    ...state.filters.flatMap((node) =>
      conditionsOf(node).map(({ field, operator }) => (operator === 'eq' ? field : '')),
    ),
  ]);
  return all.find((name) => !isSaid.has(name));
}

/** Into the row with these values of what the table is grouped by. None: there is nothing left to group by. */
export function drillInto(state: ReportState, keys: string[], all: string[]): Path | undefined {
  const at = [...state.at, ...keys];
  if (at.length < state.by.length) return { by: state.by, at };
  const next = nextDimension(state, all);
  return next === undefined ? undefined : { by: [...state.by, next], at };
}

/** To where only the first `depth` values were chosen. */
export function backTo({ by, at }: Path, depth: number): Path {
  return { by, at: at.slice(0, depth) };
}

/** Other dimensions: what was gone into stays as far as its dimensions are the same. */
export function regroup({ by, at }: Path, next: string[]): Path {
  let same = 0;
  while (same < at.length && same < next.length - 1 && by[same] === next[same]) same += 1;
  return { by: next, at: at.slice(0, same) };
}

export function moved<T>(list: T[], from: number, to: number): T[] {
  const next = [...list];
  const [each] = next.splice(from, 1);
  if (each !== undefined) next.splice(to, 0, each);
  return next;
}
