import { Code } from '@mantine/core';
import { TextLink } from '@/components/ui/display/links';
import { StatusBadge } from '@/components/ui/display/status-badge';
import { Ago, Time } from '@/components/ui/display/time';
import type { Column } from '@/components/ui/list/column';
import { formatCount } from '@/lib/format/numbers';
import type { Source } from '../api/source';

export const sourceColumns: Column<Source>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    sort: 'name',
    cell: ({ id, name }) => (
      <TextLink to="/sources/$id" params={{ id }} fw={500} c="inherit">
        {name}
      </TextLink>
    ),
  },
  { id: 'status', header: 'Status', width: 110, cell: ({ status }) => <StatusBadge status={status} /> },
  { id: 'slug', header: 'Slug', width: 180, cell: ({ slug }) => <Code>{slug}</Code> },
  {
    id: 'postbacks',
    header: 'Postbacks',
    width: 110,
    align: 'right',
    cell: ({ postbacks = [] }) => formatCount(postbacks.filter(({ status }) => status === 'active').length),
  },
  {
    id: 'updated',
    header: 'Changed',
    width: 120,
    sort: 'updated_at',
    descFirst: true,
    cell: ({ updated_at }) => <Ago at={updated_at} />,
  },
  {
    id: 'created',
    header: 'Created',
    width: 150,
    sort: 'created_at',
    descFirst: true,
    isHidden: true,
    cell: ({ created_at }) => <Time at={created_at} />,
  },
];
