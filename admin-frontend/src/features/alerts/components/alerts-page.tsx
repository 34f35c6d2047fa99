import { SegmentedControl } from '@mantine/core';
import { LinkButton } from '@/components/ui/display/links';
import { PageHeader } from '@/components/ui/display/page-header';
import { May } from '@/components/ui/feedback/may';
import { DataList } from '@/components/ui/list/data-list';
import { listRequest, type ListSearch } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useAlerts } from '../api/list-alerts';
import { AlertDrawer } from './alert-drawer';
import { alertColumns } from './alert-columns';
import { AlertTabs } from './alert-tabs';
import { useAlertActions } from './use-alert-actions';

export type AlertsSearch = ListSearch & { state?: 'open' | 'resolved'; rule_id?: string; open?: string };

export function AlertsPage({ search }: { search: AlertsSearch }) {
  const url = useUrlSearch(search);
  const { limit, offset } = listRequest(search);
  const query = useAlerts({ limit, offset, state: search.state, rule_id: search.rule_id });
  const actionsOf = useAlertActions();
  return (
    <>
      <PageHeader title="Alerts" description="What rules found, and what they did about it." />
      <AlertTabs current="alerts" />
      <DataList
        name="alerts"
        noun="alerts"
        columns={alertColumns}
        query={query}
        url={url}
        hasSearch={false}
        rowId={({ id }) => id}
        rowName={({ rule_name, subject }) => `${rule_name}, ${subject.name}`}
        onOpen={({ id }) => url.change({ open: id })}
        rowActions={actionsOf}
        filters={
          <SegmentedControl
            aria-label="State"
            data={[
              { value: 'all', label: 'All' },
              { value: 'open', label: 'Open' },
              { value: 'resolved', label: 'Resolved' },
            ]}
            value={search.state ?? 'all'}
            onChange={(next) =>
              url.change({ state: next === 'open' || next === 'resolved' ? next : undefined })
            }
          />
        }
        empty={{
          title: 'No alert was ever opened',
          text: 'Rules watch ROI, cost, conversion rates, caps, destinations and nodes all the time.',
          action: (
            <May permission="config:write">
              <LinkButton to="/alerts/rules/new">New rule</LinkButton>
            </May>
          ),
        }}
      />
      <AlertDrawer id={search.open} onClose={() => url.change({ open: undefined })} />
    </>
  );
}
