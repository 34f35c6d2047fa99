import { IconPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { LinkButton } from '@/components/ui/display/links';
import { PageHeader } from '@/components/ui/display/page-header';
import { May } from '@/components/ui/feedback/may';
import { DataList } from '@/components/ui/list/data-list';
import { StatusFilter } from '@/components/ui/list/status-filter';
import { listRequest, type ListSearch } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMay } from '@/lib/session/me';
import { useSources } from '../api/list-sources';
import { sourceColumns } from './source-columns';
import { useSourceActions } from './use-source-actions';

const NEWEST_FIRST = { sort: 'created_at', order: 'desc' } as const;

export function SourcesPage({ search }: { search: ListSearch }) {
  const url = useUrlSearch(search);
  const query = useSources(listRequest(search, NEWEST_FIRST));
  const navigate = useNavigate();
  const mayWrite = useMay('config:write');
  const { rowActions, bulk } = useSourceActions();
  const create = (
    <May permission="config:write">
      <LinkButton to="/sources/new" leftSection={<IconPlus size={16} />}>
        New source
      </LinkButton>
    </May>
  );

  return (
    <>
      <PageHeader
        title="Traffic sources"
        description="Where clicks come from, and what is told back about conversions."
        actions={create}
      />
      <DataList
        name="sources"
        noun="traffic sources"
        columns={sourceColumns}
        query={query}
        url={url}
        defaultSort={NEWEST_FIRST}
        rowId={({ id }) => id}
        rowName={({ name }) => name}
        onOpen={({ id }) => void navigate({ to: '/sources/$id', params: { id } })}
        rowActions={mayWrite ? rowActions : undefined}
        bulk={mayWrite ? bulk : undefined}
        filters={<StatusFilter value={search.status} onChange={(status) => url.change({ status })} />}
        empty={{
          title: 'No traffic sources yet',
          text: 'Add the networks that you buy from. Well-known ones come with their macros and postbacks filled in.',
          action: create,
        }}
      />
    </>
  );
}
