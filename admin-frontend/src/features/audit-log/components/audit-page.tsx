import { SegmentedControl } from '@mantine/core';
import { PageHeader } from '@/components/ui/display/page-header';
import { words } from '@/components/ui/display/status-badge';
import { DataList } from '@/components/ui/list/data-list';
import { FilterBar } from '@/components/ui/list/filter-bar';
import { PeriodPicker } from '@/components/ui/period/period-picker';
import { usePeriod } from '@/components/ui/period/use-period';
import { filtersRequest, type FilterField } from '@/lib/list/filters';
import type { LogSearch } from '@/lib/list/log-search';
import { listRequest } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMe } from '@/lib/session/me';
import { useAuditLog } from '../api/list-audit-log';
import { auditColumns } from './audit-columns';
import { AuditDrawer } from './audit-drawer';
import { RESOURCES } from './resources';

export type AuditSearch = LogSearch & { scope?: 'installation' };

const FILTERS: FilterField[] = [
  { key: 'actor', label: 'Who', kind: 'word', hint: 'An address, or the name of a key or rule' },
  {
    key: 'action',
    label: 'Did',
    kind: 'choice',
    isSingle: true,
    choices: ['created', 'updated', 'deleted', 'done'].map((value) => ({ value, label: words(value) })),
  },
  { key: 'resource', label: 'To', kind: 'choice', isSingle: true, choices: RESOURCES },
  { key: 'resource_id', label: 'Id', kind: 'word', hint: 'Of what was changed' },
];

export function AuditPage({ search }: { search: AuditSearch }) {
  const url = useUrlSearch(search);
  const { range } = usePeriod(search);
  const { limit, offset, q } = listRequest(search);
  const isAdmin = useMe()?.is_installation_admin ?? false;
  const scope = isAdmin ? (search.scope ?? 'workspace') : 'workspace';
  const filters = filtersRequest(FILTERS, search.filters);
  const query = useAuditLog({ limit, offset, q, scope, ...range, filters });
  return (
    <>
      <PageHeader
        title="Audit log"
        description="Who changed what, and what it was before. Nothing changes an entry afterwards."
        actions={
          <>
            {isAdmin && (
              <SegmentedControl
                size="sm"
                aria-label="Of what"
                data={[
                  { value: 'workspace', label: 'This workspace' },
                  { value: 'installation', label: 'Installation' },
                ]}
                value={scope}
                onChange={(value) =>
                  url.change({ scope: value === 'installation' ? 'installation' : undefined })
                }
              />
            )}
            <PeriodPicker search={search} onChange={url.change} />
          </>
        }
      />
      <DataList
        name="audit-log"
        noun="entries"
        columns={auditColumns}
        query={query}
        url={url}
        rowId={({ id }) => id}
        rowName={({ actor, action, name }) => `${actor.name} ${action} ${name}`}
        onOpen={({ id }) => url.change({ open: id })}
        filters={
          <FilterBar
            fields={FILTERS}
            filters={search.filters}
            onChange={(next) => url.change({ filters: next })}
          />
        }
        empty={{
          title: 'Nobody changed anything in these days',
          text: 'Choose a longer period to see more.',
        }}
      />
      <AuditDrawer id={search.open} onClose={() => url.change({ open: undefined })} />
    </>
  );
}
