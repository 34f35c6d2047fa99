import { expect, test } from 'vitest';
import type { Click } from '../api/list-clicks';
import { arrive, EMPTY, MOST_ROWS, ratePerMinute, release, seed } from './live-buffer';

// Only its identity matters here.
const click = (id: number) => ({ event_id: `e${id}` }) as Click;
const ids = (rows: Click[]) => rows.map(({ event_id }) => event_id);

test('the newest is on top, and what a stream repeats is there once', () => {
  const first = arrive(seed(EMPTY, [click(1)]), [click(2), click(3)], 0, false, 0);
  const again = arrive(first, [click(3), click(4)], 0, false, 1000);
  expect(ids(again.rows)).toEqual(['e4', 'e3', 'e2', 'e1']);
});

test('while it is held no row moves; released, all of them are there', () => {
  const held = arrive(seed(EMPTY, [click(1)]), [click(2), click(3)], 0, true, 0);
  expect(ids(held.rows)).toEqual(['e1']);
  expect(held.waitingCount).toBe(2);
  expect(ids(release(held).rows)).toEqual(['e3', 'e2', 'e1']);
  expect(release(held).waitingCount).toBe(0);
});

test('a flood is bounded, and counted whole', () => {
  const flood = Array.from({ length: MOST_ROWS + 20 }, (_, at) => click(at));
  const held = arrive(EMPTY, flood, 0, true, 0);
  expect(held.waitingCount).toBe(MOST_ROWS + 20);
  expect(held.waiting).toHaveLength(MOST_ROWS);
  expect(held.waiting[0]?.event_id).toBe(`e${MOST_ROWS + 19}`);
});

test('the rate counts what was skipped, and forgets', () => {
  const busy = arrive(EMPTY, [click(1)], 9, false, 0);
  expect(ratePerMinute(busy)).toBe(20);
  expect(ratePerMinute(arrive(busy, [], 0, false, 40_000))).toBe(0);
});
