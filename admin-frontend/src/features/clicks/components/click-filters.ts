import { words } from '@/components/ui/display/status-badge';
import type { FilterField } from '@/lib/list/filters';
import type { paths } from '@/types/api.gen';

type Key = keyof NonNullable<paths['/api/clicks']['get']['parameters']['query']>;

const choices = (names: string[]) => names.map((value) => ({ value, label: words(value) }));

export const DECISIONS = [
  'routed',
  'trafficback',
  'fallback',
  'no_route',
  'blocked',
  'trafficback_limit',
  'landing_click',
  'reported',
];

const DEVICES = ['desktop', 'mobile', 'tablet', 'tv', 'console', 'bot', 'other'];
const SUBS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
const UTMS = ['source', 'medium', 'campaign', 'content', 'term'] as const;

export const CLICK_FILTERS: FilterField<Key>[] = [
  { key: 'campaign_id', label: 'Campaign', kind: 'entity', entity: 'campaign' },
  { key: 'source_id', label: 'Traffic source', kind: 'entity', entity: 'source' },
  { key: 'destination_id', label: 'Destination', kind: 'entity', entity: 'destination' },
  { key: 'landing_id', label: 'Landing', kind: 'entity', entity: 'landing' },
  { key: 'decision', label: 'Decision', kind: 'choice', choices: choices(DECISIONS) },
  { key: 'country', label: 'Country', kind: 'text', hint: 'Codes of two letters, such as DE', isUpper: true },
  { key: 'city', label: 'City', kind: 'text' },
  { key: 'isp', label: 'Provider', kind: 'text' },
  { key: 'device_type', label: 'Device', kind: 'choice', choices: choices(DEVICES) },
  { key: 'os', label: 'OS', kind: 'text' },
  { key: 'browser', label: 'Browser', kind: 'text' },
  { key: 'language', label: 'Language', kind: 'text' },
  { key: 'is_bot', label: 'Bot', kind: 'flag', yes: 'Bots', no: 'People' },
  { key: 'is_unique', label: 'Unique', kind: 'flag', yes: 'Unique', no: 'Seen before' },
  { key: 'is_duplicate', label: 'Duplicate', kind: 'flag', yes: 'Duplicates', no: 'No duplicates' },
  { key: 'is_proxy', label: 'Proxy', kind: 'flag', yes: 'Through a proxy', no: 'Direct' },
  { key: 'second_steps', label: 'Second steps', kind: 'flag', yes: 'Shown', no: 'Left out' },
  { key: 'click_id', label: 'Click id', kind: 'text' },
  { key: 'source_click_id', label: 'Source click id', kind: 'text' },
  ...SUBS.map((at): FilterField<Key> => ({ key: `sub${at}`, label: `Sub ${at}`, kind: 'text' })),
  ...UTMS.map((each): FilterField<Key> => ({ key: `utm_${each}`, label: `UTM ${each}`, kind: 'text' })),
  { key: 'ip_prefix', label: 'IP network', kind: 'text', hint: 'As clicks have it, such as 203.0.113.0/24' },
  { key: 'ip_hash', label: 'IP hash', kind: 'text' },
  { key: 'node_id', label: 'Node', kind: 'entity', entity: 'node' },
];
