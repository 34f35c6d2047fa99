/** For routes that answer JSON or CSV, asked for JSON. */
import { answer } from './client';

type Call<T> = Promise<{ data?: T | string; error?: unknown; response: Response }>;

export async function jsonAnswer<T extends object>(call: Call<T>): Promise<T> {
  const body = await answer(call);
  if (typeof body === 'string') throw new Error('The server answered text instead of data.');
  return body;
}
