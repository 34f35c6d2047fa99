import { expect, test } from 'vitest';
import { comparedDays, comparedRange } from './comparison';

const TODAY = { first: '2026-03-10', last: '2026-03-10' };

test('a day under way is compared with as much of the day before', () => {
  const range = comparedRange(TODAY, 'previous_period', 'UTC', new Date('2026-03-10T09:07:31Z'));
  expect(range).toEqual({ from: '2026-03-09T00:00:00.000Z', to: '2026-03-09T09:05:00.000Z' });
});

test('a period that is over is compared with a whole one', () => {
  const days = { first: '2026-03-01', last: '2026-03-07' };
  const range = comparedRange(days, 'previous_period', 'Europe/Berlin', new Date('2026-03-10T09:07:31Z'));
  expect(range).toEqual({ from: '2026-02-21T23:00:00.000Z', to: '2026-02-28T23:00:00.000Z' });
});

test('right after midnight there is something to ask for', () => {
  const range = comparedRange(TODAY, 'previous_period', 'UTC', new Date('2026-03-10T00:00:10Z'));
  expect(range.to).toBe('2026-03-09T00:05:00.000Z');
});

test('a leap day has a day in the year before', () => {
  expect(comparedDays({ first: '2028-02-29', last: '2028-02-29' }, 'previous_year')).toEqual({
    first: '2027-02-28',
    last: '2027-02-28',
  });
});
