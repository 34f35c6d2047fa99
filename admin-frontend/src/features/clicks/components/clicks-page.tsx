/** The click log: what was, page after page as one scrolls, or what is happening now. */
import { SegmentedControl } from '@mantine/core';
import { PageHeader } from '@/components/ui/display/page-header';
import { useHiddenColumns } from '@/components/ui/list/column-chooser';
import { ColumnChooser } from '@/components/ui/list/column-chooser';
import { FilterBar } from '@/components/ui/list/filter-bar';
import { ListSearchField, ListToolbar } from '@/components/ui/list/list-toolbar';
import { PeriodPicker } from '@/components/ui/period/period-picker';
import { filtersRequest } from '@/lib/list/filters';
import type { LogSearch } from '@/lib/list/log-search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { clickColumns } from './click-columns';
import { ClickDrawer } from './click-drawer';
import { CLICK_FILTERS } from './click-filters';
import { LiveClicks } from './live-clicks';
import { RecordedClicks } from './recorded-clicks';

export type ClicksSearch = LogSearch & { live?: boolean };

export function ClicksPage({ search }: { search: ClicksSearch }) {
  const url = useUrlSearch(search);
  const { hidden, show } = useHiddenColumns('clicks', clickColumns);
  const filters = filtersRequest(CLICK_FILTERS, search.filters);
  const open = (clickId: string) => url.change({ open: clickId });
  const shared = { q: search.q, filters, hidden, onOpen: open };

  return (
    <>
      <PageHeader
        title="Clicks"
        actions={
          <>
            {!search.live && <PeriodPicker search={search} onChange={url.change} />}
            <SegmentedControl
              size="sm"
              aria-label="Which clicks"
              data={[
                { value: 'log', label: 'Log' },
                { value: 'live', label: 'Live' },
              ]}
              value={search.live ? 'live' : 'log'}
              onChange={(value) => url.change({ live: value === 'live' || undefined })}
            />
          </>
        }
      />
      <ListToolbar end={<ColumnChooser columns={clickColumns} hidden={hidden} onShow={show} />}>
        <ListSearchField
          placeholder="Click id, user agent, referrer, sub…"
          value={search.q ?? ''}
          onChange={(q) => url.change({ q: q || undefined })}
        />
        <FilterBar
          fields={CLICK_FILTERS}
          filters={search.filters}
          onChange={(next) => url.change({ filters: next })}
        />
      </ListToolbar>
      {search.live ? (
        <LiveClicks
          key={JSON.stringify([search.q, filters])}
          {...shared}
          isOpen={search.open !== undefined}
        />
      ) : (
        <RecordedClicks {...shared} search={search} onClear={url.clear} />
      )}
      <ClickDrawer clickId={search.open} onClose={() => url.change({ open: undefined })} />
    </>
  );
}
