import { TextLink } from '@/components/ui/display/links';
import { StatusBadge, words } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import { UrlText } from '@/components/ui/display/url-text';
import type { Column } from '@/components/ui/list/column';
import { NOTHING } from '@/lib/format/numbers';
import type { Landing } from '../api/landing';

export const landingColumns: Column<Landing>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    sort: 'name',
    cell: ({ id, name }) => (
      <TextLink to="/landings/$id" params={{ id }} fw={500} c="inherit">
        {name}
      </TextLink>
    ),
  },
  { id: 'status', header: 'Status', width: 110, cell: ({ status }) => <StatusBadge status={status} /> },
  {
    id: 'health',
    header: 'Health',
    width: 120,
    cell: ({ health, health_check }) =>
      health_check.enabled === false ? NOTHING : <StatusBadge status={health.current} />,
  },
  { id: 'url', header: 'URL', width: 340, cell: ({ url }) => <UrlText url={url} /> },
  {
    id: 'redirect',
    header: 'Redirect',
    width: 130,
    isHidden: true,
    cell: ({ redirect }) => words(redirect),
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
