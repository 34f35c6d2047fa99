/**
 * What a log can be filtered by, described once: the URL, the chips above the list and the request all follow from it.
 * Values of the API are words separated by commas, or yes and no.
 */
import * as z from 'zod/mini';
import type { EntityKind } from '../entities/entities';
import { param } from './search';

export type Choice = { value: string; label: string };

export type FilterField<Key extends string = string> = { key: Key; label: string } & (
  | { kind: 'entity'; entity: EntityKind }
  | { kind: 'choice'; choices: Choice[]; isSingle?: boolean }
  | { kind: 'text'; hint?: string; isUpper?: boolean }
  /** One text as it is, commas included. */
  | { kind: 'word'; hint?: string }
  | { kind: 'flag'; yes: string; no: string }
);

export type FilterValue = string | boolean | undefined;
export type Filters = Record<string, string | boolean>;

/** In a URL by hand, `sub1=12` is a number to the router. */
const words = z.pipe(
  z.union([z.string(), z.number()]),
  z.transform((value) => String(value)),
);

/** The part of a route's search that holds the filters. */
export const filtersSearch = z.object({
  filters: param(z.record(z.string(), z.union([z.boolean(), words]))),
});

export function splitWords(value: FilterValue): string[] {
  return typeof value === 'string' ? value.split(',').filter(Boolean) : [];
}

export function joinWords(values: string[]): string | undefined {
  const known = [...new Set(values.map((each) => each.trim()).filter(Boolean))];
  return known.length > 0 ? known.join(',') : undefined;
}

/** Those that are known and set, for a request. What somebody has typed into the URL beside them is left out. */
export function filtersRequest(
  fields: FilterField[],
  filters: Filters | undefined,
): Record<string, string | boolean> {
  const request: Record<string, string | boolean> = {};
  for (const { key, kind } of fields) {
    const value = filters?.[key];
    const fits = kind === 'flag' ? typeof value === 'boolean' : typeof value === 'string' && value !== '';
    if (fits && value !== undefined) request[key] = value;
  }
  return request;
}

/** After a change; undefined when none is left, so that the URL is short. */
export function changeFilter(
  filters: Filters | undefined,
  key: string,
  value: FilterValue,
): Filters | undefined {
  const next = Object.fromEntries(Object.entries(filters ?? {}).filter(([each]) => each !== key));
  if (value !== undefined && value !== '') next[key] = value;
  return Object.keys(next).length > 0 ? next : undefined;
}
