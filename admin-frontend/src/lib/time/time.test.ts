import { describe, expect, it } from 'vitest';
import { formatAgo, formatInstant } from './format';
import { daysRange, periodDays, periodSearch, presetDays, previousDays } from './period';
import { addDays, dayIn, offsetLabel, startOfDay, weekdayOf, zonedInstant } from './zone';

const BERLIN = 'Europe/Berlin';

describe('days of a zone', () => {
  it('begin at its midnight, in summer and in winter', () => {
    expect(startOfDay('2026-01-15', BERLIN).toISOString()).toBe('2026-01-14T23:00:00.000Z');
    expect(startOfDay('2026-07-15', BERLIN).toISOString()).toBe('2026-07-14T22:00:00.000Z');
    expect(startOfDay('2026-07-15', 'Asia/Kolkata').toISOString()).toBe('2026-07-14T18:30:00.000Z');
  });

  it('have 23 and 25 hours when the clocks change', () => {
    const hours = (day: string) => {
      const { from, to } = daysRange({ first: day, last: day }, BERLIN);
      return (Date.parse(to) - Date.parse(from)) / 3_600_000;
    };
    expect(hours('2026-03-29')).toBe(23);
    expect(hours('2026-10-25')).toBe(25);
    expect(hours('2026-06-01')).toBe(24);
  });

  it('a time that is skipped moves past the gap', () => {
    expect(zonedInstant('2026-03-29', '02:30:00', BERLIN).toISOString()).toBe('2026-03-29T01:30:00.000Z');
  });

  it('a midnight that daylight saving skips is the first moment of the day', () => {
    const start = startOfDay('2026-09-06', 'America/Santiago');
    expect(dayIn(start, 'America/Santiago')).toBe('2026-09-06');
    expect(dayIn(new Date(start.getTime() - 1), 'America/Santiago')).toBe('2026-09-05');
  });

  it('are those that its clocks show', () => {
    expect(dayIn(new Date('2026-05-01T22:30:00Z'), BERLIN)).toBe('2026-05-02');
    expect(dayIn(new Date('2026-05-01T02:30:00Z'), 'America/New_York')).toBe('2026-04-30');
    expect(addDays('2026-02-28', 1)).toBe('2026-03-01');
    expect(weekdayOf('2026-11-23')).toBe(0);
    expect(offsetLabel(new Date('2026-01-01'), 'Asia/Kolkata')).toBe('UTC+05:30');
  });
});

describe('periods', () => {
  it('presets', () => {
    const today = '2026-03-10';
    expect(presetDays('last_7_days', today)).toEqual({ first: '2026-03-04', last: today });
    expect(presetDays('last_14_days', today)).toEqual({ first: '2026-02-25', last: today });
    expect(presetDays('this_week', today)).toEqual({ first: '2026-03-09', last: today });
    expect(presetDays('this_month', today)).toEqual({ first: '2026-03-01', last: today });
    expect(presetDays('last_month', today)).toEqual({ first: '2026-02-01', last: '2026-02-28' });
    expect(presetDays('last_month', '2026-01-31')).toEqual({ first: '2025-12-01', last: '2025-12-31' });
  });

  it('chosen days win, in either order', () => {
    const now = new Date('2026-03-10T12:00:00Z');
    expect(periodDays({ from: '2026-02-03', to: '2026-02-01', period: 'today' }, 'UTC', now)).toEqual({
      first: '2026-02-01',
      last: '2026-02-03',
    });
    expect(periodDays({}, 'UTC', now)).toEqual({ first: '2026-03-04', last: '2026-03-10' });
  });

  it('as many days before', () => {
    expect(previousDays({ first: '2026-03-04', last: '2026-03-10' })).toEqual({
      first: '2026-02-25',
      last: '2026-03-03',
    });
  });

  it('what is mistyped into a URL counts as absent', () => {
    expect(periodSearch.parse({ period: 'ever', from: '1.2.2026', tz: 'Mars/Base', compare: 3 })).toEqual({});
  });
});

it('instants for people', () => {
  expect(formatInstant('2026-07-15T22:05:09Z', BERLIN)).toBe('2026-07-16 00:05');
  expect(formatInstant('2026-07-15T22:05:09.9Z', 'UTC', 'second')).toBe('2026-07-15 22:05:09');
  const now = Date.parse('2026-07-15T12:00:00Z');
  expect(formatAgo('2026-07-15T11:57:00Z', now)).toBe('3m ago');
  expect(formatAgo('2026-07-15T11:59:58Z', now)).toBe('now');
});
