/**
 * Dialogs that ask and words at the edge come after the page: once it stands, or when the first of them is wanted.
 * What is said before they are there is kept and shown then.
 */
import { useEffect, useSyncExternalStore } from 'react';

const AFTER_LOAD_MS = 3_000;

let isWanted = false;
const listeners = new Set<() => void>();
let markReady: () => void = () => undefined;
const ready = new Promise<void>((resolve) => {
  markReady = resolve;
});

/** Resolves when a dialog can be opened. */
export function wantOverlays(): Promise<void> {
  if (!isWanted) {
    isWanted = true;
    for (const listener of listeners) listener();
  }
  return ready;
}

export function overlaysAreReady() {
  markReady();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useOverlaysWanted(): boolean {
  useEffect(() => {
    // Also for the day on which the server, and with it their script, cannot be reached.
    const timer = setTimeout(() => void wantOverlays(), AFTER_LOAD_MS);
    return () => clearTimeout(timer);
  }, []);
  return useSyncExternalStore(subscribe, () => isWanted);
}
