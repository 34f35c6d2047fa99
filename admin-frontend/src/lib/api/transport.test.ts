import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { session } from '../session/session';
import { sessionFetch } from './transport';

const request = () => new Request('http://localhost/api/campaigns');

beforeEach(() => session.signIn('old', 'buyer@example.com'));
afterEach(() => {
  session.signOut();
  vi.unstubAllGlobals();
});

it('waits for the person to sign in again, and then goes on with the new token', async () => {
  const seen: (string | null)[] = [];
  vi.stubGlobal('fetch', (sent: Request) => {
    const token = sent.headers.get('authorization');
    seen.push(token);
    return Promise.resolve(new Response('{}', { status: token === 'Bearer new' ? 200 : 401 }));
  });
  const answered = sessionFetch(request());
  await vi.waitFor(() => expect(seen).toEqual(['Bearer old']));
  session.signIn('new', 'buyer@example.com');
  expect((await answered).status).toBe(200);
  expect(seen).toEqual(['Bearer old', 'Bearer new']);
});

it('gives up when the person signs out instead', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{}', { status: 401 })));
  const answered = sessionFetch(request());
  const failed = expect(answered).rejects.toThrow('signed out');
  await new Promise((resolve) => setTimeout(resolve, 10));
  session.signOut();
  await failed;
});
