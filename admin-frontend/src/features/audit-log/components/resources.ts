/** The resources that the log speaks of: what people call them, and which have a page. */
import { words } from '@/components/ui/display/status-badge';
import type { EntityKind } from '@/lib/entities/entities';

const KINDS: Record<string, EntityKind> = {
  campaigns: 'campaign',
  destinations: 'destination',
  landings: 'landing',
  'traffic-sources': 'source',
  'affiliate-networks': 'network',
  'postback-templates': 'template',
  domains: 'domain',
  webhooks: 'webhook',
  nodes: 'node',
};

export const RESOURCES = [
  'campaigns',
  'streams',
  'destinations',
  'landings',
  'traffic-sources',
  'affiliate-networks',
  'postback-templates',
  'domains',
  'webhooks',
  'bot-lists',
  'alert-rules',
  'alerts',
  'conversions',
  'postback-logs',
  'ingestion-errors',
  'costs',
  'currency-rates',
  'saved-views',
  'members',
  'users',
  'api-keys',
  'workspace',
  'workspaces',
  'nodes',
  'link-keys',
  'links',
  'privacy',
].map((value) => ({ value, label: resourceWords(value) }));

export function resourceWords(resource: string): string {
  return words(resource.replaceAll('-', '_'));
}

export function kindOf(resource: string): EntityKind | undefined {
  return KINDS[resource];
}
