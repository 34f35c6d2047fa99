/** Rows of a report, the same whether they came as JSON or as CSV. All figures are texts, as exact as the API's. */
import type { GroupedReport } from '../api/query-report';
import { unguarded } from './csv';

export type Figures = Record<string, string | null>;

export type Row = {
  id: string;
  /** Values of the dimensions that are grouped by. */
  keys: string[];
  names: (string | null)[];
  figures: Figures;
  previous?: Figures;
  change?: Figures;
};

const SEPARATOR = '\u0001';

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
}

export function figuresOf(found: Record<string, unknown>, metrics: string[]): Figures {
  return Object.fromEntries(metrics.map((name) => [name, text(found[name])]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

export function compared(found: { previous?: unknown; change?: unknown }, metrics: string[]) {
  return {
    ...(isRecord(found.previous) && { previous: figuresOf(found.previous, metrics) }),
    ...(isRecord(found.change) && { change: figuresOf(found.change, metrics) }),
  };
}

export function rowsOfJson(items: GroupedReport['items'], dimensions: string[], metrics: string[]): Row[] {
  return items.map((item) => {
    const found: Record<string, unknown> = item;
    const keys = dimensions.map((name) => text(found[name]) ?? '');
    return {
      id: keys.join(SEPARATOR),
      keys,
      names: dimensions.map((name) => text(found[`${name}_name`])),
      figures: figuresOf(found, metrics),
      ...compared(item, metrics),
    };
  });
}

/** Makes rows of the cells under this header. */
export function csvRows(header: string[], dimensions: string[], metrics: string[]): (cells: string[]) => Row {
  const place = new Map(header.map((name, index) => [name, index]));
  const placed = (prefix: string) =>
    metrics.map((name): [string, number] => [name, place.get(prefix + name) ?? -1]);
  const keyPlaces = dimensions.map((name) => place.get(name) ?? -1);
  const namePlaces = dimensions.map((name) => place.get(`${name}_name`) ?? -1);
  const [now, before, changed] = [placed(''), placed('previous_'), placed('change_')];
  const isCompared = header.some((name) => name.startsWith('previous_'));

  function figures(cells: string[], places: [string, number][]): Figures {
    const found: Figures = {};
    for (const [name, index] of places) found[name] = cells[index] || null;
    return found;
  }

  return (cells) => {
    const keys = keyPlaces.map((index) => unguarded(cells[index] ?? ''));
    return {
      id: keys.join(SEPARATOR),
      keys,
      names: namePlaces.map((index) => (index < 0 ? null : unguarded(cells[index] ?? '') || null)),
      figures: figures(cells, now),
      ...(isCompared && { previous: figures(cells, before), change: figures(cells, changed) }),
    };
  };
}
