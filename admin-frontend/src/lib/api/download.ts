/** Files that the API answers, saved as the browser saves downloads. They need the session, which a link has not. */
import { apiErrorFrom } from './error';
import { sessionFetch } from './transport';

type Query = Record<string, string | number | boolean | undefined>;

export function pathWithQuery(path: string, query: Query): string {
  const url = new URL(path, window.location.origin);
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, String(value));
  }
  return url.pathname + url.search;
}

export async function downloadFile(path: string, query: Query, name: string): Promise<void> {
  const url = new URL(pathWithQuery(path, query), window.location.origin);
  const response = await sessionFetch(new Request(url));
  if (!response.ok) throw apiErrorFrom(response, await response.json().catch(() => undefined));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  // The browser has begun to save it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
