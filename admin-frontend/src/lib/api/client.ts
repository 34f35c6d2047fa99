/**
 * The typed client of the API. Use it as `answer(api.GET('/api/campaigns', { params }))`: the promise gives the body, or
 * throws `ApiError` (the API refused) or `NetworkError` (nobody answered).
 */
import createClient from 'openapi-fetch';
import type { components, paths } from '@/types/api.gen';
import { apiErrorFrom } from './error';
import { sessionFetch } from './transport';

export type Schemas = components['schemas'];

export const api = createClient<paths>({
  baseUrl: typeof window === 'undefined' ? 'http://localhost' : window.location.origin,
  fetch: sessionFetch,
});

type Call<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

/** The body of a call that answers one. */
export async function answer<T>(call: Call<T>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok || data === undefined) throw apiErrorFrom(response, error);
  return data;
}

/** The body of a call that could have been asked for CSV, and was not. */
export async function answerJson<T>(call: Call<T>): Promise<Exclude<T, string>> {
  const isText = (body: T): body is T & string => typeof body === 'string';
  const body = await answer(call);
  if (isText(body)) throw new Error('The server answered text instead of JSON');

  return body as Exclude<T, string>;
}

/** A call whose answer has no body of interest. */
export async function done(call: Call<unknown>): Promise<void> {
  const { error, response } = await call;
  if (!response.ok) throw apiErrorFrom(response, error);
}
