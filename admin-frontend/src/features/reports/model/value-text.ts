/** Values of dimensions as people read them: names for ids and codes. */
import { words } from '@/components/ui/display/status-badge';
import type { Dimension } from '../api/report-schema';

export const NO_VALUE = '(none)';

const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
/** Words of ours, unlike what visitors and sources bring. */
const OWN_WORDS = new Set([
  'device',
  'decision',
  'conversion_status',
  'attribution',
  'event_type',
  'bot_reason',
]);

function country(code: string): string {
  try {
    return countries.of(code) ?? code;
  } catch {
    return code;
  }
}

export function valueText(
  { name, kind }: Pick<Dimension, 'name' | 'kind'>,
  value: string,
  given?: string | null,
): string {
  if (given) return given;
  if (value === '') return NO_VALUE;
  switch (kind) {
    case 'flag':
      return value === 'true' ? 'Yes' : 'No';
    case 'moment':
      return value.slice(0, 16).replace('T', ' ');
    case 'id':
      return value.length < 20 ? words(value) : `Unknown …${value.slice(-5)}`;
    default:
  }
  if (name === 'country') return country(value);
  if (name === 'weekday') return WEEKDAYS[Number(value) - 1] ?? value;
  if (name === 'asn') return `AS${value}`;
  if (name === 'hour_of_day') return `${value.padStart(2, '0')}:00`;
  return OWN_WORDS.has(name) ? words(value) : value;
}
