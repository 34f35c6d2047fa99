import { IconPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { LinkButton } from '@/components/ui/display/links';
import { PageHeader } from '@/components/ui/display/page-header';
import { EntitySelect } from '@/components/ui/entity/entity-select';
import { May } from '@/components/ui/feedback/may';
import { DataList } from '@/components/ui/list/data-list';
import { StatusFilter } from '@/components/ui/list/status-filter';
import { listRequest } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMay } from '@/lib/session/me';
import { useCampaignFigures } from '../api/campaign-report';
import { useCampaigns } from '../api/list-campaigns';
import type { CampaignsSearch } from '../model/search';
import { campaignColumns } from './campaign-columns';
import { useCampaignActions } from './use-campaign-actions';

const NEWEST_FIRST = { sort: 'created_at', order: 'desc' } as const;

export function CampaignsPage({ search }: { search: CampaignsSearch }) {
  const url = useUrlSearch(search);
  const { source_id } = search;
  const query = useCampaigns({ ...listRequest(search, NEWEST_FIRST), ...(source_id && { source_id }) });
  const ids = useMemo(() => query.data?.items.map(({ id }) => id) ?? [], [query.data]);
  const { data: figures, isError } = useCampaignFigures(ids);
  const navigate = useNavigate();
  const mayWrite = useMay('config:write');
  const mayReport = useMay('reports:read');
  const { rowActions, bulk, element } = useCampaignActions();
  const columns = useMemo(
    () => campaignColumns(figures, mayReport && !isError),
    [figures, mayReport, isError],
  );
  const create = (
    <May permission="config:write">
      <LinkButton to="/campaigns/new" leftSection={<IconPlus size={16} />}>
        New campaign
      </LinkButton>
    </May>
  );

  return (
    <>
      <PageHeader
        title="Campaigns"
        description="Where clicks come in, and the rules that decide where they go."
        actions={create}
      />
      <DataList
        name="campaigns"
        noun="campaigns"
        columns={columns}
        query={query}
        url={url}
        defaultSort={NEWEST_FIRST}
        rowId={({ id }) => id}
        rowName={({ name }) => name}
        onOpen={({ id }) => void navigate({ to: '/campaigns/$id', params: { id } })}
        rowActions={mayWrite ? rowActions : undefined}
        bulk={mayWrite ? bulk : undefined}
        filters={
          <>
            <StatusFilter value={search.status} onChange={(status) => url.change({ status })} />
            <EntitySelect
              kind="source"
              aria-label="Traffic source"
              placeholder="Any source"
              w={180}
              value={source_id}
              onChange={(id) => url.change({ source_id: id ?? undefined })}
            />
          </>
        }
        empty={{
          title: 'No campaigns yet',
          text: 'A campaign has a link for your traffic source, and sends its clicks to your offers. The first one takes a minute.',
          action: create,
        }}
      />
      {element}
    </>
  );
}
