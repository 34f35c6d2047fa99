import { Code } from '@mantine/core';
import { TextLink } from '@/components/ui/display/links';
import { StatusBadge } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import type { Column } from '@/components/ui/list/column';
import { formatCount, NOTHING } from '@/lib/format/numbers';
import type { Template } from '../api/template';

export const templateColumns: Column<Template>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    sort: 'name',
    cell: ({ id, name }) => (
      <TextLink to="/templates/$id" params={{ id }} fw={500} c="inherit">
        {name}
      </TextLink>
    ),
  },
  { id: 'status', header: 'Status', width: 110, cell: ({ status }) => <StatusBadge status={status} /> },
  { id: 'slug', header: 'Slug', width: 170, cell: ({ slug }) => <Code>{slug}</Code> },
  {
    id: 'preset',
    header: 'Preset',
    width: 120,
    cell: ({ preset }) => (preset ? <Code>{preset}</Code> : NOTHING),
  },
  {
    id: 'fields',
    header: 'Mapped fields',
    width: 120,
    align: 'right',
    cell: ({ fields }) => formatCount(fields.length),
  },
  {
    id: 'statuses',
    header: 'Status words',
    width: 110,
    align: 'right',
    isHidden: true,
    cell: ({ statuses }) => formatCount(statuses.length),
  },
  { id: 'currency', header: 'Currency', width: 90, cell: ({ currency }) => currency },
  {
    id: 'secret',
    header: 'Secret',
    width: 90,
    cell: ({ has_secret }) => (has_secret ? 'Asked for' : NOTHING),
  },
  {
    id: 'updated_at',
    header: 'Changed',
    width: 120,
    sort: 'updated_at',
    descFirst: true,
    cell: ({ updated_at }) => <Ago at={updated_at} />,
  },
];
