import { Button } from '@mantine/core';
import { IconDownload, IconUpload } from '@tabler/icons-react';
import { useState } from 'react';
import { LinkButton } from '@/components/ui/display/links';
import { PageHeader } from '@/components/ui/display/page-header';
import { May } from '@/components/ui/feedback/may';
import { notifyFailure } from '@/components/ui/feedback/notify';
import { DataList } from '@/components/ui/list/data-list';
import { FilterBar } from '@/components/ui/list/filter-bar';
import { Newer } from '@/components/ui/list/newer';
import { PeriodPicker } from '@/components/ui/period/period-picker';
import { usePeriod } from '@/components/ui/period/use-period';
import { downloadFile } from '@/lib/api/download';
import { filtersRequest } from '@/lib/list/filters';
import type { LogSearch } from '@/lib/list/log-search';
import { listRequest } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useConversionCount, useConversions } from '../api/list-conversions';
import { conversionColumns } from './conversion-columns';
import { ConversionDrawer } from './conversion-drawer';
import { CONVERSION_FILTERS } from './conversion-filters';

const NEWEST_FIRST = { sort: 'created_at', order: 'desc' } as const;

export function ConversionsPage({ search }: { search: LogSearch }) {
  const url = useUrlSearch(search);
  const { range, days } = usePeriod(search);
  const filters = filtersRequest(CONVERSION_FILTERS, search.filters);
  const { limit, offset, sort, order } = listRequest(search, NEWEST_FIRST);
  const request = { limit, offset, sort, order, ...range, filters };
  const query = useConversions(request);
  const latest = useConversionCount(request);
  const [isSaving, setSaving] = useState(false);

  async function save() {
    setSaving(true);
    try {
      const asked = { ...filters, ...range, sort, order, format: 'csv' };
      await downloadFile('/api/conversions', asked, `conversions-${days.first}-${days.last}.csv`);
    } catch (error) {
      notifyFailure('The file was not saved', error);
    } finally {
      setSaving(false);
    }
  }

  return (
    <>
      <PageHeader
        title="Conversions"
        actions={
          <>
            <PeriodPicker search={search} onChange={url.change} />
            <Button
              variant="default"
              leftSection={<IconDownload size={16} />}
              loading={isSaving}
              onClick={() => void save()}
            >
              CSV
            </Button>
            <May permission="config:write">
              <LinkButton to="/conversions/import" leftSection={<IconUpload size={16} />}>
                Import
              </LinkButton>
            </May>
          </>
        }
      />
      <DataList
        name="conversions"
        noun="conversions"
        columns={conversionColumns}
        query={query}
        url={url}
        hasSearch={false}
        defaultSort={NEWEST_FIRST}
        rowId={({ id }) => id}
        rowName={({ transaction_id, event_type }) => `conversion ${transaction_id || event_type}`}
        onOpen={({ id }) => url.change({ open: id })}
        filters={
          <>
            <FilterBar
              fields={CONVERSION_FILTERS}
              filters={search.filters}
              onChange={(next) => url.change({ filters: next })}
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
          title: 'No conversions in these days',
          text: 'They come as postbacks of affiliate networks. Give a network its postback URL, or import a file.',
          action: <LinkButton to="/conversions/import">Import a file</LinkButton>,
        }}
      />
      <ConversionDrawer id={search.open} onClose={() => url.change({ open: undefined })} />
    </>
  );
}
