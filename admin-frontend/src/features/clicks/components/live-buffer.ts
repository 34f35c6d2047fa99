/**
 * What the live log holds. While it is held (paused, scrolled away from the top, or a click is open), clicks wait beside
 * the list and are counted, so that no row moves under the eye.
 */
import type { Click } from '../api/list-clicks';

/** Rows kept; the oldest leave. */
export const MOST_ROWS = 500;
const RATE_SECONDS = 30;

export type LiveBuffer = {
  rows: Click[];
  waiting: Click[];
  /** Arrived while held, whether still kept or not. */
  waitingCount: number;
  /** Passed over by the server, since more arrived than a connection is sent. */
  skipped: number;
  /** Seconds of the clock with what arrived in them. */
  arrivals: { second: number; clicks: number }[];
};

export const EMPTY: LiveBuffer = { rows: [], waiting: [], waitingCount: 0, skipped: 0, arrivals: [] };

/** Newest first, each once: a stream that came back may repeat itself. */
function merged(newer: Click[], older: Click[]): Click[] {
  const known = new Set<string>();
  const all: Click[] = [];
  for (const click of [...newer, ...older]) {
    if (known.has(click.event_id)) continue;
    known.add(click.event_id);
    all.push(click);
    if (all.length === MOST_ROWS) break;
  }
  return all;
}

/** `arrived` is in the order of arrival. */
export function arrive(
  buffer: LiveBuffer,
  arrived: Click[],
  skipped: number,
  isHeld: boolean,
  nowMs: number,
): LiveBuffer {
  const second = Math.floor(nowMs / 1000);
  const recent = buffer.arrivals.filter((each) => each.second > second - RATE_SECONDS);
  if (arrived.length === 0 && skipped === 0) {
    return recent.length === buffer.arrivals.length ? buffer : { ...buffer, arrivals: recent };
  }
  const known = new Set([...buffer.rows, ...buffer.waiting].map(({ event_id }) => event_id));
  const fresh = arrived.filter(({ event_id }) => !known.has(event_id)).reverse();
  const next = {
    ...buffer,
    skipped: buffer.skipped + skipped,
    arrivals: [...recent, { second, clicks: fresh.length + skipped }],
  };
  if (!isHeld) return release({ ...next, waiting: merged(fresh, buffer.waiting) });
  return {
    ...next,
    waiting: merged(fresh, buffer.waiting),
    waitingCount: buffer.waitingCount + fresh.length,
  };
}

/** Puts what waits on top. */
export function release(buffer: LiveBuffer): LiveBuffer {
  return { ...buffer, rows: merged(buffer.waiting, buffer.rows), waiting: [], waitingCount: 0 };
}

/** What was there before the stream began. */
export function seed(buffer: LiveBuffer, rows: Click[]): LiveBuffer {
  return { ...buffer, rows: merged(buffer.rows, rows) };
}

/** Clicks a minute, by the last half minute. */
export function ratePerMinute({ arrivals }: LiveBuffer): number {
  const clicks = arrivals.reduce((sum, each) => sum + each.clicks, 0);
  return Math.round((clicks * 60) / RATE_SECONDS);
}
