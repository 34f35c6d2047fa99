import { IconPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { SegmentedControl } from '@mantine/core';
import { LinkButton } from '@/components/ui/display/links';
import { PageHeader } from '@/components/ui/display/page-header';
import { May } from '@/components/ui/feedback/may';
import { DataList } from '@/components/ui/list/data-list';
import { listRequest, type ListSearch } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMay } from '@/lib/session/me';
import { useRules } from '../api/list-rules';
import { AlertTabs } from './alert-tabs';
import { ruleColumns } from './rule-columns';
import { useRuleActions } from './use-rule-actions';

export function RulesPage({ search }: { search: ListSearch }) {
  const url = useUrlSearch(search);
  const { limit, offset } = listRequest(search);
  const status = search.status === 'archived' ? undefined : search.status;
  const query = useRules({ limit, offset, status });
  const navigate = useNavigate();
  const mayWrite = useMay('config:write');
  const actionsOf = useRuleActions();
  const create = (
    <May permission="config:write">
      <LinkButton to="/alerts/rules/new" leftSection={<IconPlus size={16} />}>
        New rule
      </LinkButton>
    </May>
  );
  return (
    <>
      <PageHeader
        title="Alert rules"
        description="What is watched all the time, and what is done about it."
        actions={create}
      />
      <AlertTabs current="rules" />
      <DataList
        name="alert-rules"
        noun="rules"
        columns={ruleColumns}
        query={query}
        url={url}
        hasSearch={false}
        rowId={({ id }) => id}
        rowName={({ name }) => name}
        onOpen={({ id }) => void navigate({ to: '/alerts/rules/$id', params: { id } })}
        rowActions={mayWrite ? actionsOf : undefined}
        filters={
          <SegmentedControl
            aria-label="Status"
            data={[
              { value: 'all', label: 'All' },
              { value: 'active', label: 'Active' },
              { value: 'paused', label: 'Paused' },
            ]}
            value={status ?? 'all'}
            onChange={(next) =>
              url.change({ status: next === 'active' || next === 'paused' ? next : undefined })
            }
          />
        }
        empty={{
          title: 'No rules yet',
          text: 'A rule watches a number and tells you, or pauses what loses money. It begins as a dry run: it says what it would do.',
          action: create,
        }}
      />
    </>
  );
}
