/** Whether the server can be reached, as the last request found it. Queries and the banner look here. */
import { onlineManager } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';

const PROBE_MS = 3_000;

let reachable = true;
let probe: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function set(next: boolean) {
  if (reachable === next) return;
  reachable = next;
  // Queries pause while it is away and go on by themselves when it is back.
  onlineManager.setOnline(next);
  for (const listener of listeners) listener();
}

async function look() {
  probe = undefined;
  try {
    const response = await fetch('/api/openapi.json', { method: 'HEAD', cache: 'no-store' });
    // A dev server or proxy answers for an absent API with one of these.
    if (![500, 502, 504].includes(response.status)) return set(true);
  } catch {
    // Still away.
  }
  watch();
}

function watch() {
  probe ??= setTimeout(() => void look(), PROBE_MS);
}

export function reportReached() {
  set(true);
}

export function reportUnreachable() {
  set(false);
  watch();
}

export function probeNow() {
  clearTimeout(probe);
  void look();
}

if (typeof window !== 'undefined') {
  window.addEventListener('online', () => {
    if (!reachable) probeNow();
  });
  window.addEventListener('offline', reportUnreachable);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function useReachable(): boolean {
  return useSyncExternalStore(subscribe, () => reachable);
}
