/** A preference kept in localStorage under a prefix of the product, checked when it is read. */
import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type * as z from 'zod/mini';

const PREFIX = 'traffoflex.';
const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

function parse<T>(text: string | null, schema: z.ZodMiniType<T>, fallback: T): T {
  if (text === null) return fallback;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : fallback;
  } catch {
    return fallback;
  }
}

/** `schema` and `fallback` must be constants of a module. */
export function useStored<T>(name: string, schema: z.ZodMiniType<T>, fallback: T): [T, (value: T) => void] {
  const key = PREFIX + name;
  const text = useSyncExternalStore(subscribe, () => localStorage.getItem(key));
  const value = useMemo(() => parse(text, schema, fallback), [text, schema, fallback]);
  const set = useCallback(
    (next: T) => {
      localStorage.setItem(key, JSON.stringify(next));
      for (const listener of listeners) listener();
    },
    [key],
  );
  return [value, set];
}
