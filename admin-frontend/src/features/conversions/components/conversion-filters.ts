import { words } from '@/components/ui/display/status-badge';
import type { FilterField } from '@/lib/list/filters';
import type { paths } from '@/types/api.gen';

type Key = keyof NonNullable<paths['/api/conversions']['get']['parameters']['query']>;

const choices = (names: string[]) => names.map((value) => ({ value, label: words(value) }));

/** How it was tied to a click, in words. */
export const ATTRIBUTIONS: Record<string, string> = {
  click: 'To its click',
  no_click_id: 'No click id',
  forged: 'Forged click id',
  pending: 'Click not seen yet',
  not_found: 'No such click',
  outside_window: 'Too late',
};

export const CONVERSION_FILTERS: FilterField<Key>[] = [
  {
    key: 'status',
    label: 'Status',
    kind: 'choice',
    choices: choices(['lead', 'sale', 'rejected', 'hold', 'unmapped']),
  },
  { key: 'campaign_id', label: 'Campaign', kind: 'entity', entity: 'campaign' },
  { key: 'network_id', label: 'Network', kind: 'entity', entity: 'network' },
  { key: 'source_id', label: 'Traffic source', kind: 'entity', entity: 'source' },
  { key: 'destination_id', label: 'Destination', kind: 'entity', entity: 'destination' },
  { key: 'event_type', label: 'Event type', kind: 'text' },
  {
    key: 'attribution',
    label: 'Attribution',
    kind: 'choice',
    choices: Object.entries(ATTRIBUTIONS).map(([value, label]) => ({ value, label })),
  },
  { key: 'click_id', label: 'Click id', kind: 'text' },
  { key: 'transaction_id', label: 'Transaction id', kind: 'text' },
  { key: 'conversion_id', label: 'Conversion id', kind: 'text' },
];
