/** In a few words, what keeps clicks away from a destination. */
import { plural } from '@/lib/format/numbers';
import type { Destination } from '../api/destination';

const NAMED = 3;

function some(codes: string[]): string {
  const more = codes.length - NAMED;
  return codes.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

export function countriesOf({ geo: { allow = [], block = [] } }: Pick<Destination, 'geo'>): string {
  const parts = [allow.length > 0 && `only ${some(allow)}`, block.length > 0 && `not ${some(block)}`];
  return parts.filter(Boolean).join('; ');
}

export function limitsOf(
  destination: Pick<Destination, 'caps' | 'schedule' | 'geo' | 'device_types'>,
): string {
  const { caps, schedule, geo, device_types } = destination;
  const hasCountries = (geo.allow ?? []).length + (geo.block ?? []).length > 0;
  const parts = [
    caps.length > 0 && plural(caps.length, 'cap'),
    schedule && 'hours',
    hasCountries && 'countries',
    device_types.length > 0 && 'devices',
  ];
  return parts.filter(Boolean).join(', ');
}
