import { expect, test } from 'vitest';
import type { NodeMoment } from '../api/node';
import { dayPoints } from './node-day';

const moment = (at: string, events: number, clock: number) =>
  ({ at, outbox_events: events, outbox_oldest_age_ms: events * 10, clock_offset_ms: clock }) as NodeMoment;

test('oldest first, and a peak is kept', () => {
  const latestFirst = [moment('4', 1, 2), moment('3', 9, -30), moment('2', 0, 5), moment('1', 3, 1)];
  expect(dayPoints(latestFirst, 2)).toEqual([
    { at: '1', events: 3, oldestMs: 30, clockMs: 5 },
    { at: '3', events: 9, oldestMs: 90, clockMs: -30 },
  ]);
  expect(dayPoints([], 10)).toEqual([]);
});
