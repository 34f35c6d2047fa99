/**
 * The part of a URL that says what a list shows. Defaults stay out of the URL, so that a shared link is short:
 *
 *     validateSearch: z.extend(listSearch, { health: param(z.enum(['healthy', 'unhealthy'])) })
 *
 * `zod/mini` everywhere: the schemas of all routes are in the first load.
 */
import * as z from 'zod/mini';

export const PAGE_SIZES = [25, 50, 100, 250, 500] as const;
export const DEFAULT_SIZE = 50;

/** An optional search param: what somebody has mistyped into a URL counts as absent. */
export function param<T extends z.ZodMiniType>(schema: T) {
  return z.catch(z.optional(schema), undefined);
}

export const listSearch = z.object({
  q: param(z.string().check(z.maxLength(100))),
  status: param(z.enum(['active', 'paused', 'archived'])),
  sort: param(z.string()),
  order: param(z.enum(['asc', 'desc'])),
  page: param(z.int().check(z.minimum(1))),
  size: param(z.int().check(z.minimum(1), z.maximum(500))),
});

export type ListSearch = z.infer<typeof listSearch>;

/** As the API takes it. */
export type ListRequest = {
  limit: number;
  offset: number;
  q?: string;
  status?: 'active' | 'paused' | 'archived';
  sort?: string;
  order?: 'asc' | 'desc';
};

export function listRequest(
  search: ListSearch,
  defaults: { sort?: string; order?: 'asc' | 'desc' } = {},
): ListRequest {
  const limit = search.size ?? DEFAULT_SIZE;
  const sort = search.sort ?? defaults.sort;
  const order = search.sort ? search.order : (search.order ?? defaults.order);
  return {
    limit,
    offset: ((search.page ?? 1) - 1) * limit,
    ...(search.q && { q: search.q }),
    ...(search.status && { status: search.status }),
    ...(sort && { sort }),
    ...(order && { order }),
  };
}

/** The search after a change: whatever changes what is listed begins at the first page again. */
export function changeSearch<S extends object>(search: S, change: Partial<S>): S {
  const keepsPlace = Object.keys(change).every((key) => key === 'page' || key === 'open');
  const next: S & { page?: number } = { ...search, ...(keepsPlace ? {} : { page: undefined }), ...change };
  for (const [key, value] of Object.entries<unknown>(next)) {
    const isDefault = value === undefined || value === '' || (key === 'page' && value === 1);
    if (isDefault) Reflect.deleteProperty(next, key);
  }
  return next;
}

/** Whether anything but place and order narrows the list. */
export function isNarrowed(search: object): boolean {
  const neutral = new Set(['sort', 'order', 'page', 'size', 'open', 'tz']);
  return Object.entries(search).some(
    ([key, value]) => !neutral.has(key) && value !== undefined && value !== '',
  );
}
