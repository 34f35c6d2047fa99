/** Instants for people: in the chosen zone, in one form everywhere (2026-03-09 14:05), or relative to now. */
import { zoneOffsetMs } from './zone';

type Instant = string | number | Date;

export function formatInstant(
  instant: Instant,
  zone: string,
  precision: 'day' | 'minute' | 'second' = 'minute',
): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return '–';
  const local = new Date(at.getTime() + zoneOffsetMs(at, zone)).toISOString();
  const ends = { day: 10, minute: 16, second: 19 };
  return local.slice(0, ends[precision]).replace('T', ' ');
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'narrow' });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

export function formatAgo(instant: Instant, now: number): string {
  const seconds = Math.round((new Date(instant).getTime() - now) / 1000);
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return Math.abs(seconds) < 10 ? 'now' : relative.format(seconds, 'second');
}

const dayShort = new Intl.DateTimeFormat('en', { timeZone: 'UTC', day: 'numeric', month: 'short' });
const dayLong = new Intl.DateTimeFormat('en', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});

export function formatDay(day: string, withYear = false): string {
  return (withYear ? dayLong : dayShort).format(new Date(`${day}T00:00:00Z`));
}
