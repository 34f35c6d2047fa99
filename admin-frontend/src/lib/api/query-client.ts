/** Defaults of TanStack Query: what is worth another try, and when. */
import { QueryClient } from '@tanstack/react-query';
import { ApiError, NetworkError } from './error';

const MOST_TRIES = 4;
const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 15_000;

/** The network and the server's own failures pass; a refusal stays one. */
export function isTransient(error: unknown): boolean {
  if (error instanceof NetworkError) return true;
  return error instanceof ApiError && (error.status >= 500 || error.status === 429);
}

export function retryDelayMs(attempt: number, error: unknown, random = Math.random): number {
  if (error instanceof ApiError && error.retryAfterS !== undefined) {
    return error.retryAfterS * 1000 + random() * 500;
  }
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return ceiling / 2 + (random() * ceiling) / 2;
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: true,
        retry: (failures, error) => isTransient(error) && failures < MOST_TRIES,
        retryDelay: (attempt, error) => retryDelayMs(attempt, error),
      },
      // A write is not sent twice by itself: nobody knows whether the first one arrived. Offline it fails at once.
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}
