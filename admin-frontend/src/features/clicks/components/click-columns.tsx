import { Group, Text } from '@mantine/core';
import { IdText } from '@/components/ui/display/id-text';
import { Money } from '@/components/ui/display/money';
import { ToneBadge } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { EntityName } from '@/components/ui/entity/entity-name';
import { SourceName } from '@/components/ui/entity/source-name';
import type { Column } from '@/components/ui/list/column';
import { NOTHING } from '@/lib/format/numbers';
import type { Click } from '../api/list-clicks';
import { DecisionBadge } from './decision-badge';

export function ClickFlags({ click }: { click: Click }) {
  const { is_bot, bot_score, is_duplicate, is_proxy, is_second_step } = click;
  if (!is_bot && !is_duplicate && !is_proxy && !is_second_step) return NOTHING;
  return (
    <Group gap={4} wrap="nowrap">
      {is_second_step && <ToneBadge tone="info">2nd step</ToneBadge>}
      {is_bot && <ToneBadge tone="bad">Bot {bot_score}</ToneBadge>}
      {is_duplicate && <ToneBadge tone="warn">Duplicate</ToneBadge>}
      {is_proxy && <ToneBadge tone="warn">Proxy</ToneBadge>}
    </Group>
  );
}

const words = (...parts: string[]) => parts.filter(Boolean).join(' ') || NOTHING;

type TextKey =
  | 'isp'
  | 'language'
  | 'referrer'
  | 'ip_prefix'
  | 'source_click_id'
  | `sub${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10}`
  | `utm_${'source' | 'medium' | 'campaign' | 'content' | 'term'}`;

function text(id: TextKey, header: string, isHidden = true): Column<Click> {
  return {
    id,
    header,
    width: 130,
    isHidden,
    cell: (click) => (
      <Text span size="sm" truncate display="block" maw={220} title={click[id]}>
        {click[id] || NOTHING}
      </Text>
    ),
  };
}

export const clickColumns: Column<Click>[] = [
  {
    id: 'time',
    header: 'Time',
    isFixed: true,
    width: 150,
    cell: ({ created_at }) => <Time at={created_at} precision="second" />,
  },
  {
    id: 'decision',
    header: 'Decision',
    width: 120,
    cell: ({ decision }) => <DecisionBadge decision={decision} />,
  },
  {
    id: 'campaign',
    header: 'Campaign',
    width: 150,
    cell: ({ campaign_id, campaign_name }) => (
      <EntityName kind="campaign" id={campaign_id} name={campaign_name} />
    ),
  },
  {
    id: 'stream',
    header: 'Stream',
    width: 130,
    cell: ({ stream_name, stream_id }) => stream_name ?? (stream_id ? 'Deleted stream' : NOTHING),
  },
  {
    id: 'landing',
    header: 'Landing',
    width: 130,
    isHidden: true,
    cell: ({ landing_id, landing_name }) => <EntityName kind="landing" id={landing_id} name={landing_name} />,
  },
  {
    id: 'destination',
    header: 'Destination',
    width: 160,
    cell: ({ destination_id, destination_name }) => (
      <EntityName kind="destination" id={destination_id} name={destination_name} />
    ),
  },
  {
    id: 'source',
    header: 'Source',
    width: 120,
    cell: ({ source_id, source_name }) => <SourceName id={source_id} name={source_name} />,
  },
  {
    id: 'geo',
    header: 'Geo',
    width: 90,
    cell: ({ geo_country, city }) => words(geo_country, city),
  },
  {
    id: 'device',
    header: 'Device',
    width: 170,
    cell: ({ device_type, os, browser }) => words(device_type, os && `· ${os}`, browser && `· ${browser}`),
  },
  { id: 'flags', header: 'Flags', width: 100, cell: (click) => <ClickFlags click={click} /> },
  {
    id: 'cost',
    header: 'Cost',
    width: 90,
    align: 'right',
    cell: ({ cost, currency }) => <Money amount={cost} currency={currency} />,
  },
  {
    id: 'click_id',
    header: 'Click id',
    width: 190,
    cell: ({ click_id }) => <IdText id={click_id} what="the click id" />,
  },
  {
    id: 'unique',
    header: 'Unique',
    width: 80,
    isHidden: true,
    cell: ({ is_unique }) => (is_unique ? 'yes' : 'no'),
  },
  text('isp', 'Provider'),
  text('language', 'Language'),
  text('ip_prefix', 'IP network'),
  text('referrer', 'Referrer'),
  text('source_click_id', 'Source click id'),
  text('sub1', 'Sub 1'),
  text('sub2', 'Sub 2'),
  text('sub3', 'Sub 3'),
  text('sub4', 'Sub 4'),
  text('sub5', 'Sub 5'),
  text('sub6', 'Sub 6'),
  text('sub7', 'Sub 7'),
  text('sub8', 'Sub 8'),
  text('sub9', 'Sub 9'),
  text('sub10', 'Sub 10'),
  text('utm_source', 'UTM source'),
  text('utm_medium', 'UTM medium'),
  text('utm_campaign', 'UTM campaign'),
  text('utm_content', 'UTM content'),
  text('utm_term', 'UTM term'),
  {
    id: 'node',
    header: 'Node',
    width: 110,
    isHidden: true,
    cell: ({ node_id }) => <EntityName kind="node" id={node_id} />,
  },
];
