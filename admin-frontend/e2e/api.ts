/** What tests ask of the API themselves, beside what the UI does. */
import { inject } from 'vitest';
import { z } from 'zod';

export const stack = inject('stack');

export async function call(
  token: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const answer = await fetch(`${stack.api}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** As the owner of everything. */
export function asOwner(method: string, path: string, body?: unknown): Promise<unknown> {
  return call(stack.bootstrapToken, method, path, body);
}

const session = z.object({ token: z.string() });
const code = z.object({ otp: z.string() });

export async function requestCode(email: string): Promise<string> {
  return code.parse(await call('', 'POST', '/api/auth/request-otp', { email })).otp;
}

export async function tokenOf(email: string): Promise<string> {
  const proof = { email, code: await requestCode(email) };
  return session.parse(await call('', 'POST', '/api/auth/verify-otp', proof)).token;
}

const page = z.object({ items: z.array(z.record(z.string(), z.unknown())) });

/** The first of a list, by its key, or nothing. */
export async function firstId(path: string, key = 'id'): Promise<string | undefined> {
  const [first] = page.parse(await asOwner('GET', path)).items;
  return first && z.string().parse(first[key]);
}

let made = 0;

/** A name that no other test has. */
export function unique(prefix: string): string {
  made += 1;
  return `${prefix}-${Date.now().toString(36)}-${process.pid.toString(36)}${made}`;
}

/** An address that is let in, with a role in the first workspace. */
export async function member(role: string): Promise<string> {
  const email = `${unique(role)}@example.com`;
  await asOwner('POST', '/api/members', { email, role });
  return email;
}
