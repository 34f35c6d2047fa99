import { Code, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { EntityName } from '@/components/ui/entity/entity-name';
import { TextLink } from '@/components/ui/display/links';
import { Money } from '@/components/ui/display/money';
import { StatusBadge } from '@/components/ui/display/status-badge';
import { Ago, Time } from '@/components/ui/display/time';
import type { Column } from '@/components/ui/list/column';
import { formatCount, formatPercent } from '@/lib/format/numbers';
import type { Campaign } from '../api/campaign';
import type { ReportRow } from '@/lib/reports/report';

/** By campaign; undefined while they are read. */
export type Figures = ReadonlyMap<string, ReportRow> | undefined;

/** `hasFigures`: the caller may read reports. */
export function campaignColumns(figures: Figures, hasFigures: boolean): Column<Campaign>[] {
  const figure =
    (show: (row: ReportRow) => ReactNode, none: ReactNode) =>
    ({ id }: Campaign) => {
      if (!figures) return <Skeleton h={12} w={48} display="inline-block" />;
      const row = figures.get(id);
      return row ? show(row) : none;
    };
  const money: Column<Campaign>[] = [
    {
      id: 'clicks',
      header: 'Clicks 7 d',
      width: 95,
      align: 'right',
      cell: figure(({ clicks }) => formatCount(clicks), '0'),
    },
    {
      id: 'conversions',
      header: 'Conv. 7 d',
      width: 90,
      align: 'right',
      cell: figure(({ conversions }) => formatCount(conversions), '0'),
      isHidden: true,
    },
    {
      id: 'revenue',
      header: 'Revenue 7 d',
      width: 110,
      align: 'right',
      cell: figure(({ revenue }) => <Money amount={revenue} />, <Money amount="0" />),
    },
    {
      id: 'cost',
      header: 'Cost 7 d',
      width: 100,
      align: 'right',
      cell: figure(({ cost }) => <Money amount={cost} />, <Money amount="0" />),
    },
    {
      id: 'profit',
      header: 'Profit 7 d',
      width: 110,
      align: 'right',
      cell: figure(({ profit }) => <Money amount={profit} isSigned />, <Money amount="0" />),
    },
    {
      id: 'roi',
      header: 'ROI 7 d',
      width: 90,
      align: 'right',
      cell: figure(({ roi }) => formatPercent(roi, 1), '–'),
    },
  ];
  return [
    {
      id: 'name',
      header: 'Name',
      isFixed: true,
      sort: 'name',
      cell: ({ id, name }) => (
        <TextLink to="/campaigns/$id" params={{ id }} fw={500} c="inherit">
          {name}
        </TextLink>
      ),
    },
    { id: 'status', header: 'Status', width: 105, cell: ({ status }) => <StatusBadge status={status} /> },
    {
      id: 'source',
      header: 'Source',
      width: 150,
      cell: ({ source_id }) => <EntityName kind="source" id={source_id} />,
    },
    ...(hasFigures ? money : []),
    { id: 'slug', header: 'Slug', width: 150, cell: ({ slug }) => <Code>{slug}</Code>, isHidden: true },
    {
      id: 'updated',
      header: 'Changed',
      width: 95,
      sort: 'updated_at',
      descFirst: true,
      cell: ({ updated_at }) => <Ago at={updated_at} />,
    },
    {
      id: 'created',
      header: 'Created',
      width: 140,
      sort: 'created_at',
      descFirst: true,
      isHidden: true,
      cell: ({ created_at }) => <Time at={created_at} />,
    },
  ];
}
