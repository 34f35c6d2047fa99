import { IdText } from '@/components/ui/display/id-text';
import { Money } from '@/components/ui/display/money';
import { StatusBadge, ToneBadge } from '@/components/ui/display/status-badge';
import { Ago, Time } from '@/components/ui/display/time';
import { EntityName } from '@/components/ui/entity/entity-name';
import { SourceName } from '@/components/ui/entity/source-name';
import type { Column } from '@/components/ui/list/column';
import { NOTHING } from '@/lib/format/numbers';
import type { Conversion } from '../api/list-conversions';
import { ATTRIBUTIONS } from './conversion-filters';

export function AttributionBadge({ attribution }: { attribution: string }) {
  const tone = attribution === 'click' ? 'good' : attribution === 'pending' ? 'warn' : 'bad';
  return <ToneBadge tone={tone}>{ATTRIBUTIONS[attribution] ?? attribution}</ToneBadge>;
}

export const conversionColumns: Column<Conversion>[] = [
  {
    id: 'created',
    header: 'Time',
    isFixed: true,
    width: 150,
    sort: 'created_at',
    descFirst: true,
    cell: ({ created_at }) => <Time at={created_at} precision="second" />,
  },
  { id: 'status', header: 'Status', width: 100, cell: ({ status }) => <StatusBadge status={status} /> },
  {
    id: 'payout',
    header: 'Payout',
    width: 100,
    align: 'right',
    cell: ({ payout, currency }) => <Money amount={payout} currency={currency} />,
  },
  { id: 'event', header: 'Event', width: 110, cell: ({ event_type }) => event_type || NOTHING },
  {
    id: 'campaign',
    header: 'Campaign',
    width: 150,
    cell: ({ campaign_id, campaign_name }) => (
      <EntityName kind="campaign" id={campaign_id} name={campaign_name} />
    ),
  },
  {
    id: 'destination',
    header: 'Destination',
    width: 160,
    isHidden: true,
    cell: ({ destination_id }) => <EntityName kind="destination" id={destination_id} />,
  },
  {
    id: 'network',
    header: 'Network',
    width: 130,
    cell: ({ network_id, network_name }) => <EntityName kind="network" id={network_id} name={network_name} />,
  },
  {
    id: 'source',
    header: 'Source',
    width: 130,
    cell: ({ source_id, source_name }) => <SourceName id={source_id} name={source_name} />,
  },
  {
    id: 'attribution',
    header: 'Attribution',
    width: 130,
    cell: ({ attribution }) => <AttributionBadge attribution={attribution} />,
  },
  {
    id: 'transaction',
    header: 'Transaction id',
    width: 190,
    cell: ({ transaction_id }) => <IdText id={transaction_id} what="the transaction id" />,
  },
  {
    id: 'click_id',
    header: 'Click id',
    width: 190,
    isHidden: true,
    cell: ({ click_id }) => <IdText id={click_id} what="the click id" />,
  },
  { id: 'version', header: 'Version', width: 80, align: 'right', cell: ({ version }) => version },
  {
    id: 'updated',
    header: 'Changed',
    width: 110,
    sort: 'updated_at',
    descFirst: true,
    cell: ({ updated_at }) => <Ago at={updated_at} />,
  },
];
