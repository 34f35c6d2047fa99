/** What each scope of an API key opens. A scope that is not told of here is shown by its name. */
import type { Permission } from '@/lib/session/me';

export const SCOPES: Record<Permission, { label: string; text: string }> = {
  'config:read': {
    label: 'Read configuration',
    text: 'Campaigns, destinations, sources and all that belongs to them.',
  },
  'config:write': {
    label: 'Write configuration',
    text: 'Campaigns and all that belongs to them, costs, rates, imports of conversions, alert rules.',
  },
  'reports:read': { label: 'Read reports', text: 'Reports and saved views; the click API of ads, too.' },
  'logs:read': {
    label: 'Read logs',
    text: 'Clicks, conversions, postbacks, health, ingestion errors, nodes, dead letters.',
  },
  operate: { label: 'Operate', text: 'Replays, retries, re-ingestion, health checks, reload of nodes.' },
  'workspace:manage': {
    label: 'Manage the workspace',
    text: 'Its settings, export and import of all of it.',
  },
  'members:manage': { label: 'Manage members', text: 'Invites, roles, removal.' },
  'keys:manage': {
    label: 'Manage API keys',
    text: 'Makes and revokes keys, though none that may more than itself.',
  },
  'audit:read': { label: 'Read the audit log', text: 'Who changed what.' },
  'privacy:erase': { label: 'Erase and retain', text: 'Erasure requests and how long events are kept.' },
};

/** In the order of the list above. */
export const SCOPE_NAMES = [
  'config:read',
  'config:write',
  'reports:read',
  'logs:read',
  'operate',
  'workspace:manage',
  'members:manage',
  'keys:manage',
  'audit:read',
  'privacy:erase',
] as const satisfies readonly Permission[];

export const LIFETIMES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
  { value: 'date', label: 'Until a date' },
  { value: 'never', label: 'For ever' },
] as const;

const DAY_MS = 86_400_000;

/** When a key with that lifetime ends; null: never. */
export function expiry(lifetime: string, date: string | null, now: number): string | null {
  if (lifetime === 'never') return null;
  if (lifetime === 'date') return date;
  return new Date(now + Number(lifetime) * DAY_MS).toISOString();
}
