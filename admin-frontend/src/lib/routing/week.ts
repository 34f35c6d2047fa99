/**
 * A weekly schedule as minutes of each day: what a week grid paints on. Windows that pass midnight are cut there, so
 * that a day is a list of separate ranges in order; windows of several equal days are joined again when it is written.
 */
import type { Schemas } from '@/lib/api/client';

export type Weekday = Schemas['Weekday'];
export type Window = Schemas['ScheduleWindow'];
/** In minutes from midnight, `end` not included. */
export type Range = { start: number; end: number };
export type Week = Record<Weekday, Range[]>;

export const DAY_MINUTES = 24 * 60;
export const WEEKDAYS: Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
export const WEEKDAY_NAMES: Record<Weekday, string> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

export function emptyWeek(): Week {
  return { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };
}

export function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

export function timeOf(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function joined(ranges: Range[]): Range[] {
  const sorted = ranges.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  const out: Range[] = [];
  for (const range of sorted) {
    const last = out.at(-1);
    if (last && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else out.push({ ...range });
  }
  return out;
}

function without(ranges: Range[], cut: Range): Range[] {
  return ranges
    .flatMap(({ start, end }) => [
      { start, end: Math.min(end, cut.start) },
      { start: Math.max(start, cut.end), end },
    ])
    .filter(({ start, end }) => end > start);
}

/** Opens or closes a part of a day. */
export function painted(week: Week, day: Weekday, range: Range, isOpen: boolean): Week {
  const ranges = week[day];
  return { ...week, [day]: isOpen ? joined([...ranges, range]) : without(ranges, range) };
}

export type Fill = 'none' | 'part' | 'full';

export function fillOf(ranges: Range[], { start, end }: Range): Fill {
  const covered = ranges.reduce(
    (sum, range) => sum + Math.max(0, Math.min(end, range.end) - Math.max(start, range.start)),
    0,
  );
  return covered === 0 ? 'none' : covered >= end - start ? 'full' : 'part';
}

export function weekOf(windows: Window[]): Week {
  let week = emptyWeek();
  for (const { weekdays, start, end } of windows) {
    const [from, to] = [minutesOf(start), minutesOf(end)];
    for (const day of weekdays) {
      if (to > from) {
        week = painted(week, day, { start: from, end: to }, true);
        continue;
      }
      const next = WEEKDAYS[(WEEKDAYS.indexOf(day) + 1) % 7] ?? 'mon';
      week = painted(week, day, { start: from, end: DAY_MINUTES }, true);
      week = painted(week, next, { start: 0, end: to }, true);
    }
  }
  return week;
}

/** The fewest windows that say the same: equal ranges of several days are one. */
export function windowsOf(week: Week): Window[] {
  const byRange = new Map<string, Window>();
  for (const day of WEEKDAYS) {
    for (const { start, end } of week[day]) {
      const key = `${start}-${end}`;
      const window = byRange.get(key);
      if (window) window.weekdays.push(day);
      else byRange.set(key, { weekdays: [day], start: timeOf(start), end: timeOf(end) });
    }
  }
  return [...byRange.values()];
}

/** "Monday to Friday", "Saturday, Sunday". */
export function daysWords(days: Weekday[]): string {
  const at = WEEKDAYS.filter((day) => days.includes(day)).map((day) => WEEKDAYS.indexOf(day));
  const [first = 0] = at;
  const last = at.at(-1) ?? 0;
  const name = (index: number) => WEEKDAY_NAMES[WEEKDAYS[index] ?? 'mon'];
  if (at.length === 7) return 'Every day';
  if (at.length > 2 && last - first === at.length - 1) return `${name(first)} to ${name(last)}`;
  return at.map(name).join(', ');
}
