import { LinkButton } from '@/components/ui/display/links';
import { PageHeader } from '@/components/ui/display/page-header';
import { DataList } from '@/components/ui/list/data-list';
import { FilterBar } from '@/components/ui/list/filter-bar';
import { Newer } from '@/components/ui/list/newer';
import { PeriodPicker } from '@/components/ui/period/period-picker';
import { usePeriod } from '@/components/ui/period/use-period';
import { filtersRequest } from '@/lib/list/filters';
import type { LogSearch } from '@/lib/list/log-search';
import { listRequest } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { usePostbackLogCount, usePostbackLogs } from '../api/list-postback-logs';
import { postbackColumns } from './postback-columns';
import { PostbackDrawer } from './postback-drawer';
import { POSTBACK_FILTERS } from './postback-filters';

export function PostbacksPage({ search }: { search: LogSearch }) {
  const url = useUrlSearch(search);
  const { range } = usePeriod(search);
  const { limit, offset, q } = listRequest(search);
  const request = { limit, offset, q, ...range, filters: filtersRequest(POSTBACK_FILTERS, search.filters) };
  const query = usePostbackLogs(request);
  const latest = usePostbackLogCount(request);
  return (
    <>
      <PageHeader
        title="Postbacks"
        description="What networks told us, and what we told traffic sources and webhooks."
        actions={
          <>
            <LinkButton to="/dead-letters" variant="default">
              Dead letters
            </LinkButton>
            <PeriodPicker search={search} onChange={url.change} />
          </>
        }
      />
      <DataList
        name="postbacks"
        noun="postbacks"
        columns={postbackColumns}
        query={query}
        url={url}
        rowId={({ event_id }) => event_id}
        rowName={({ direction, status, transaction_id }) => `${direction} ${status} ${transaction_id}`}
        onOpen={({ event_id }) => url.change({ open: event_id })}
        filters={
          <>
            <FilterBar
              fields={POSTBACK_FILTERS}
              filters={search.filters}
              onChange={(filters) => url.change({ filters })}
            />
            <Newer
              shown={query.isPlaceholderData ? undefined : query.data?.total}
              latest={latest}
              onShow={() => {
                url.change({ page: undefined });
                void query.refetch();
              }}
            />
          </>
        }
        empty={{
          title: 'No postbacks in these days',
          text: 'Give an affiliate network its postback URL: you find it on the page of the network.',
          action: (
            <LinkButton to="/postbacks" search={{ period: 'last_30_days' }}>
              Look at 30 days
            </LinkButton>
          ),
        }}
      />
      <PostbackDrawer
        log={query.data?.items.find(({ event_id }) => event_id === search.open)}
        onClose={() => url.change({ open: undefined })}
      />
    </>
  );
}
