/** A route's search params as state: `search`, and `change` that writes them into the URL. */
import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import { changeSearch } from './search';

export type UrlSearch<S extends object> = {
  search: S;
  /** `undefined` takes a param out. Goes back to the first page, unless the change is the page. */
  change: (change: Partial<S>) => void;
  clear: () => void;
};

/** `search` is what the route's `Route.useSearch()` gives. */
export function useUrlSearch<S extends object>(search: S): UrlSearch<S> {
  const navigate = useNavigate();
  const change = useCallback(
    (part: Partial<S>) =>
      void navigate({ to: '.', search: changeSearch(search, part), replace: true, resetScroll: false }),
    [navigate, search],
  );
  const clear = useCallback(
    () => void navigate({ to: '.', search: {}, replace: true, resetScroll: false }),
    [navigate],
  );
  return { search, change, clear };
}
