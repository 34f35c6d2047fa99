import { IconPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { LinkButton } from '@/components/ui/display/links';
import { PageHeader } from '@/components/ui/display/page-header';
import { May } from '@/components/ui/feedback/may';
import { DataList } from '@/components/ui/list/data-list';
import { StatusFilter } from '@/components/ui/list/status-filter';
import { listRequest } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMay } from '@/lib/session/me';
import { useLandings } from '../api/list-landings';
import { HealthFilter } from './health-filter';
import { landingColumns } from './landing-columns';
import type { LandingSearch } from './landing-search';
import { nameOf, useLandingActions } from './use-landing-actions';

const NEWEST_FIRST = { sort: 'created_at', order: 'desc' } as const;

export function LandingsPage({ search }: { search: LandingSearch }) {
  const url = useUrlSearch(search);
  const query = useLandings({ ...listRequest(search, NEWEST_FIRST), health: search.health });
  const navigate = useNavigate();
  const mayWrite = useMay('config:write');
  const { rowActions, bulk } = useLandingActions();
  const create = (
    <May permission="config:write">
      <LinkButton to="/landings/new" leftSection={<IconPlus size={16} />}>
        New landing
      </LinkButton>
    </May>
  );

  return (
    <>
      <PageHeader
        title="Landings"
        description="Pages between the ad and the offer. A stream may send its clicks to one of them first."
        actions={create}
      />
      <DataList
        name="landings"
        noun="landings"
        columns={landingColumns}
        query={query}
        url={url}
        defaultSort={NEWEST_FIRST}
        rowId={({ id }) => id}
        rowName={nameOf}
        onOpen={({ id }) => void navigate({ to: '/landings/$id', params: { id } })}
        rowActions={mayWrite ? rowActions : undefined}
        bulk={mayWrite ? bulk : undefined}
        filters={
          <>
            <StatusFilter value={search.status} onChange={(status) => url.change({ status })} />
            <HealthFilter value={search.health} onChange={(health) => url.change({ health })} />
          </>
        }
        empty={{
          title: 'No landings yet',
          text: 'Add a page that warms visitors up. It gets the click id, and its link to the offer goes over the tracker.',
          action: create,
        }}
      />
    </>
  );
}
