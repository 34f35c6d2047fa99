/**
 * `fetch` with the session's headers. A refused token does not fail the request: it waits until the person has signed
 * in again, over the page, and is then sent once more.
 */
import { NetworkError } from './error';
import { reportReached, reportUnreachable } from './reachability';
import { session } from '../session/session';

function withSession(request: Request): Request {
  const current = session.current();
  if (!current) return request;
  const headers = new Headers(request.headers);
  headers.set('Authorization', `Bearer ${current.token}`);
  // A request may be about another workspace than the one that is open.
  if (current.workspaceId && !headers.has('X-Workspace-Id'))
    headers.set('X-Workspace-Id', current.workspaceId);
  return new Request(request, { headers });
}

async function send(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    reportReached();
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    reportUnreachable();
    throw new NetworkError(error);
  }
}

export async function sessionFetch(input: Request): Promise<Response> {
  const token = session.current()?.token;
  const spare = input.clone();
  const response = await send(withSession(input));
  const isAuth = new URL(input.url).pathname.startsWith('/api/auth/');
  if (response.status !== 401 || !token || isAuth) return response;
  session.expire(token);
  await session.renewed(input.signal);
  return send(withSession(spare));
}
