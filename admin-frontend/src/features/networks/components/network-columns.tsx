import { Code } from '@mantine/core';
import { TextLink } from '@/components/ui/display/links';
import { StatusBadge } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import { EntityName } from '@/components/ui/entity/entity-name';
import type { Column } from '@/components/ui/list/column';
import type { Network } from '../api/network';

export const networkColumns: Column<Network>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    sort: 'name',
    cell: ({ id, name }) => (
      <TextLink to="/networks/$id" params={{ id }} fw={500} c="inherit">
        {name}
      </TextLink>
    ),
  },
  { id: 'status', header: 'Status', width: 110, cell: ({ status }) => <StatusBadge status={status} /> },
  { id: 'slug', header: 'Slug', width: 200, cell: ({ slug }) => <Code>{slug}</Code> },
  {
    id: 'template',
    header: 'Template',
    width: 220,
    cell: ({ template_id }) =>
      template_id ? <EntityName kind="template" id={template_id} /> : 'Default names',
  },
  {
    id: 'created_at',
    header: 'Created',
    width: 130,
    sort: 'created_at',
    descFirst: true,
    isHidden: true,
    cell: ({ created_at }) => <Ago at={created_at} />,
  },
  {
    id: 'updated_at',
    header: 'Changed',
    width: 130,
    sort: 'updated_at',
    descFirst: true,
    cell: ({ updated_at }) => <Ago at={updated_at} />,
  },
];
