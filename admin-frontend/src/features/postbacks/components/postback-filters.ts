import { words } from '@/components/ui/display/status-badge';
import type { FilterField } from '@/lib/list/filters';
import type { paths } from '@/types/api.gen';

type Key = keyof NonNullable<paths['/api/postback-logs']['get']['parameters']['query']>;

const STATUSES = [
  'accepted',
  'created',
  'updated',
  'attributed',
  'duplicate',
  'ignored',
  'not_found',
  'refused',
  'forbidden',
  'delivered',
  'failed',
  'dead',
  'cancelled',
];

export const POSTBACK_FILTERS: FilterField<Key>[] = [
  {
    key: 'direction',
    label: 'Direction',
    kind: 'choice',
    choices: [
      { value: 'inbound', label: 'Came in' },
      { value: 'outbound', label: 'Went out' },
    ],
  },
  {
    key: 'status',
    label: 'Status',
    kind: 'choice',
    choices: STATUSES.map((value) => ({ value, label: words(value) })),
  },
  { key: 'network_id', label: 'Network', kind: 'entity', entity: 'network' },
  { key: 'target_id', label: 'Told traffic source', kind: 'entity', entity: 'source' },
  { key: 'http_status', label: 'HTTP status', kind: 'text', hint: 'Such as 500; 0 when there was no answer' },
  { key: 'click_id', label: 'Click id', kind: 'text' },
  { key: 'transaction_id', label: 'Transaction id', kind: 'text' },
  { key: 'conversion_id', label: 'Conversion id', kind: 'text' },
  { key: 'postback_id', label: 'Postback id', kind: 'text' },
  { key: 'node_id', label: 'Node', kind: 'entity', entity: 'node' },
];
