/**
 * Who is signed in, in localStorage, so that all tabs agree. A session may be `expired`: the token was refused in the
 * middle of work. The page stays, a dialog asks for a new code, and requests wait in `renewed` until there is a token.
 */
import { useSyncExternalStore } from 'react';
import * as z from 'zod/mini';

const KEY = 'traffoflex.session';

const stored = z.object({ token: z.string(), email: z.string(), workspaceId: z.optional(z.string()) });

export type Session = z.infer<typeof stored>;

type State = { session: Session | undefined; expired: boolean };

function read(): Session | undefined {
  try {
    return stored.safeParse(JSON.parse(localStorage.getItem(KEY) ?? 'null')).data;
  } catch {
    return undefined;
  }
}

let state: State = { session: read(), expired: false };
const listeners = new Set<() => void>();

function set(next: State) {
  state = next;
  for (const listener of listeners) listener();
}

function keep(session: Session | undefined) {
  if (session) localStorage.setItem(KEY, JSON.stringify(session));
  else localStorage.removeItem(KEY);
  set({ session, expired: false });
}

export class SignedOut extends Error {
  override readonly name = 'SignedOut';
}

export const session = {
  current: () => state.session,

  signIn(token: string, email: string) {
    const before = state.session;
    const workspaceId = before?.email === email ? before.workspaceId : undefined;
    keep({ token, email, workspaceId });
  },

  signOut() {
    keep(undefined);
  },

  enterWorkspace(workspaceId: string) {
    if (state.session) keep({ ...state.session, workspaceId });
  },

  /** A token that is not the current one any more was refused late: nothing to do. */
  expire(token: string) {
    if (state.session?.token === token) set({ ...state, expired: true });
  },

  /** Waits for a session that is not expired. Rejects when the person signs out instead. */
  renewed(signal?: AbortSignal): Promise<Session> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (state.expired) return;
        listeners.delete(look);
        if (state.session) resolve(state.session);
        else reject(new SignedOut('signed out'));
      };
      listeners.add(look);
      signal?.addEventListener('abort', () => {
        listeners.delete(look);
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      });
      look();
    });
  },

  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
};

if (typeof window !== 'undefined') {
  window.addEventListener('storage', (event) => {
    if (event.key === KEY || event.key === null) set({ session: read(), expired: false });
  });
}

export function useSession(): State {
  return useSyncExternalStore(session.subscribe, () => state);
}
