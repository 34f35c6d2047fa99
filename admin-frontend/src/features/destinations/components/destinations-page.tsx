import { IconPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { LinkButton } from '@/components/ui/display/links';
import { PageHeader } from '@/components/ui/display/page-header';
import { May } from '@/components/ui/feedback/may';
import { DataList } from '@/components/ui/list/data-list';
import { listRequest } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMay } from '@/lib/session/me';
import { useDestinations } from '../api/list-destinations';
import { destinationColumns } from './destination-columns';
import { DestinationFilters } from './destination-filters';
import type { DestinationSearch } from './destination-search';
import { nameOf, useDestinationActions } from './use-destination-actions';

const NEWEST_FIRST = { sort: 'created_at', order: 'desc' } as const;

export function DestinationsPage({ search }: { search: DestinationSearch }) {
  const url = useUrlSearch(search);
  const { kind, health } = search;
  const query = useDestinations({ ...listRequest(search, NEWEST_FIRST), kind, health });
  const navigate = useNavigate();
  const mayWrite = useMay('config:write');
  const { rowActions, bulk } = useDestinationActions();
  const create = (
    <May permission="config:write">
      <LinkButton to="/destinations/new" leftSection={<IconPlus size={16} />}>
        New destination
      </LinkButton>
    </May>
  );

  return (
    <>
      <PageHeader
        title="Destinations"
        description="Where clicks are sent: offers and other pages, with their hours, caps and health."
        actions={create}
      />
      <DataList
        name="destinations"
        noun="destinations"
        columns={destinationColumns}
        query={query}
        url={url}
        defaultSort={NEWEST_FIRST}
        rowId={({ id }) => id}
        rowName={nameOf}
        onOpen={({ id }) => void navigate({ to: '/destinations/$id', params: { id } })}
        rowActions={mayWrite ? rowActions : undefined}
        bulk={mayWrite ? bulk : undefined}
        filters={<DestinationFilters {...url} />}
        empty={{
          title: 'No destinations yet',
          text: 'Add the offers that you send traffic to. Campaigns spread their clicks over them.',
          action: create,
        }}
      />
    </>
  );
}
