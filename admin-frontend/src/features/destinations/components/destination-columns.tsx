import { TextLink } from '@/components/ui/display/links';
import { StatusBadge, words } from '@/components/ui/display/status-badge';
import { Ago, Time } from '@/components/ui/display/time';
import { UrlText } from '@/components/ui/display/url-text';
import type { Column } from '@/components/ui/list/column';
import { NOTHING } from '@/lib/format/numbers';
import type { Destination } from '../api/destination';
import { HealthBadge } from './health-badge';
import { countriesOf, limitsOf } from './limits';

export const destinationColumns: Column<Destination>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    sort: 'name',
    cell: ({ id, name }) => (
      <TextLink to="/destinations/$id" params={{ id }} fw={500} c="inherit">
        {name}
      </TextLink>
    ),
  },
  { id: 'status', header: 'Status', width: 110, cell: ({ status }) => <StatusBadge status={status} /> },
  {
    id: 'health',
    header: 'Health',
    width: 120,
    cell: (destination) => <HealthBadge destination={destination} />,
  },
  { id: 'kind', header: 'Kind', width: 110, cell: ({ kind }) => words(kind) },
  { id: 'url', header: 'URL', width: 240, cell: ({ url }) => <UrlText url={url} width={230} /> },
  {
    id: 'limits',
    header: 'Limits',
    width: 170,
    cell: (destination) => limitsOf(destination) || NOTHING,
  },
  {
    id: 'countries',
    header: 'Countries',
    width: 140,
    isHidden: true,
    cell: (destination) => countriesOf(destination) || NOTHING,
  },
  {
    id: 'redirect',
    header: 'Redirect',
    width: 130,
    isHidden: true,
    cell: ({ redirect }) => words(redirect),
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
