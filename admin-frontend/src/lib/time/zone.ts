/** Calendar days of a time zone as instants, daylight saving included. Pure: the zone and "now" are arguments. */

/** `YYYY-MM-DD` */
export type Day = string;

const parts = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  let found = parts.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    parts.set(zone, found);
  }
  return found;
}

export function isZone(zone: string): boolean {
  try {
    formatter(zone);
    return true;
  } catch {
    return false;
  }
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** How far the zone's clocks are ahead of UTC at that instant, in milliseconds. */
export function zoneOffsetMs(instant: Date, zone: string): number {
  const found = Object.fromEntries(
    formatter(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = found;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  return local - Math.floor(instant.getTime() / 1000) * 1000;
}

/** The instant at which clocks of the zone show this. A time that daylight saving skips is moved past the gap. */
export function zonedInstant(day: Day, time: string, zone: string): Date {
  const local = Date.parse(`${day}T${time}Z`);
  const first = local - zoneOffsetMs(new Date(local), zone);
  const second = local - zoneOffsetMs(new Date(first), zone);
  if (local - zoneOffsetMs(new Date(second), zone) === second) return new Date(second);
  return new Date(Math.max(first, second));
}

export function startOfDay(day: Day, zone: string): Date {
  return zonedInstant(day, '00:00:00', zone);
}

/** The calendar day that clocks of the zone show at that instant. */
export function dayIn(instant: Date, zone: string): Day {
  return new Date(instant.getTime() + zoneOffsetMs(instant, zone)).toISOString().slice(0, 10);
}

export function addDays(day: Day, days: number): Day {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

export function addMonths(day: Day, months: number): Day {
  const at = new Date(`${day.slice(0, 7)}-01T00:00:00Z`);
  at.setUTCMonth(at.getUTCMonth() + months);
  return at.toISOString().slice(0, 10);
}

/** 0 is Monday. */
export function weekdayOf(day: Day): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
}

export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** Such as `UTC+05:30`. */
export function offsetLabel(instant: Date, zone: string): string {
  const minutes = Math.round(zoneOffsetMs(instant, zone) / 60_000);
  if (minutes === 0) return 'UTC';
  const abs = Math.abs(minutes);
  const two = (value: number) => String(value).padStart(2, '0');
  return `UTC${minutes < 0 ? '−' : '+'}${two(Math.floor(abs / 60))}:${two(abs % 60)}`;
}
