import { IconPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { LinkButton } from '@/components/ui/display/links';
import { PageHeader } from '@/components/ui/display/page-header';
import { EntitySelect } from '@/components/ui/entity/entity-select';
import { May } from '@/components/ui/feedback/may';
import { DataList } from '@/components/ui/list/data-list';
import { StatusFilter } from '@/components/ui/list/status-filter';
import { listRequest } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMay } from '@/lib/session/me';
import { useNetworks } from '../api/list-networks';
import { networkColumns } from './network-columns';
import type { NetworkSearch } from './network-search';
import { nameOf, useNetworkActions } from './use-network-actions';

const NEWEST_FIRST = { sort: 'created_at', order: 'desc' } as const;

export function NetworksPage({ search }: { search: NetworkSearch }) {
  const url = useUrlSearch(search);
  const query = useNetworks({ ...listRequest(search, NEWEST_FIRST), template_id: search.template_id });
  const navigate = useNavigate();
  const mayWrite = useMay('config:write');
  const { rowActions, bulk } = useNetworkActions();
  const create = (
    <May permission="config:write">
      <LinkButton to="/networks/new" leftSection={<IconPlus size={16} />}>
        New network
      </LinkButton>
    </May>
  );

  return (
    <>
      <PageHeader
        title="Affiliate networks"
        description="Who pays for conversions, and where their postbacks arrive."
        actions={create}
      />
      <DataList
        name="networks"
        noun="networks"
        columns={networkColumns}
        query={query}
        url={url}
        defaultSort={NEWEST_FIRST}
        rowId={({ id }) => id}
        rowName={nameOf}
        onOpen={({ id }) => void navigate({ to: '/networks/$id', params: { id } })}
        rowActions={mayWrite ? rowActions : undefined}
        bulk={mayWrite ? bulk : undefined}
        filters={
          <>
            <StatusFilter value={search.status} onChange={(status) => url.change({ status })} />
            <EntitySelect
              kind="template"
              aria-label="Template"
              placeholder="Any template"
              w={200}
              value={search.template_id}
              onChange={(id) => url.change({ template_id: id ?? undefined })}
            />
          </>
        }
        empty={{
          title: 'No networks yet',
          text: 'Add the networks whose offers you run. For well-known ones the postback is mapped for you.',
          action: create,
        }}
      />
    </>
  );
}
