import { useNavigate } from '@tanstack/react-router';
import { PageHeader } from '@/components/ui/display/page-header';
import { DataList } from '@/components/ui/list/data-list';
import { listRequest, type ListSearch } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useNodes } from '../api/list-nodes';
import { nodeColumns } from './node-columns';

export function NodesPage({ search }: { search: ListSearch }) {
  const url = useUrlSearch(search);
  const { limit, offset } = listRequest(search);
  const query = useNodes({ limit, offset });
  const navigate = useNavigate();
  return (
    <>
      <PageHeader
        title="Nodes"
        description="The processes that answer clicks and take postbacks, as they say of themselves. Read anew every 10 seconds."
      />
      <DataList
        name="nodes"
        noun="nodes"
        columns={nodeColumns}
        query={query}
        url={url}
        hasSearch={false}
        rowId={({ node_id }) => node_id}
        rowName={({ name, node_id }) => name ?? node_id}
        onOpen={({ node_id }) => void navigate({ to: '/nodes/$id', params: { id: node_id } })}
        empty={{
          title: 'No node was heard of yet',
          text: 'Start a traffic-service and a postback-service with the address and the token of this installation.',
        }}
      />
    </>
  );
}
