/** What the ticker shows, and what waits while it is held. Pure. */
import type { Arrival } from '../api/click-tail';
import type { Click } from '../api/recent-clicks';

/** More than these are neither shown nor kept. */
export const MOST_CLICKS = 50;

export type Feed = {
  isHeld: boolean;
  shown: Click[];
  waiting: Click[];
  /** Did not fit while it was held, or were passed over by the server meanwhile. */
  skipped: number;
  /** Passed over since the page was opened. */
  passedOver: number;
};

export const EMPTY_FEED: Feed = { isHeld: false, shown: [], waiting: [], skipped: 0, passedOver: 0 };

export type FeedEvent = { kind: 'arrived'; arrival: Arrival } | { kind: 'held' } | { kind: 'released' };

/** The first ones win; a click that was delivered twice is one. */
export function mergeClicks(first: Click[], then: Click[]): Click[] {
  const known = new Map<string, Click>();
  for (const click of [...first, ...then]) if (!known.has(click.event_id)) known.set(click.event_id, click);
  return [...known.values()].slice(0, MOST_CLICKS);
}

export function feedAfter(feed: Feed, event: FeedEvent): Feed {
  switch (event.kind) {
    case 'held':
      return { ...feed, isHeld: true };
    case 'released':
      return {
        ...feed,
        isHeld: false,
        shown: mergeClicks(feed.waiting, feed.shown),
        waiting: [],
        skipped: 0,
      };
    case 'arrived': {
      const { clicks, skipped } = event.arrival;
      const passedOver = feed.passedOver + skipped;
      if (!feed.isHeld) return { ...feed, passedOver, shown: mergeClicks(clicks, feed.shown) };
      const before = new Set([...feed.shown, ...feed.waiting].map(({ event_id }) => event_id));
      const fresh = clicks.filter(({ event_id }) => !before.has(event_id));
      const waiting = [...fresh, ...feed.waiting];
      const over = Math.max(0, waiting.length - MOST_CLICKS);
      return {
        ...feed,
        passedOver,
        waiting: waiting.slice(0, MOST_CLICKS),
        skipped: feed.skipped + skipped + over,
      };
    }
  }
}
