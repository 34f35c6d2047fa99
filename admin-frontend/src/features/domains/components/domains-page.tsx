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
import { useDomains } from '../api/list-domains';
import { domainColumns } from './domain-columns';
import type { DomainSearch } from './domain-search';
import { nameOf, useDomainActions } from './use-domain-actions';
import { VerifiedFilter } from './verified-filter';

const BY_HOST = { sort: 'host', order: 'asc' } as const;

export function DomainsPage({ search }: { search: DomainSearch }) {
  const url = useUrlSearch(search);
  const query = useDomains({
    ...listRequest(search, BY_HOST),
    ...(search.verified && { verified: search.verified === 'yes' }),
  });
  const navigate = useNavigate();
  const mayWrite = useMay('config:write');
  const { rowActions, bulk } = useDomainActions();
  const create = (
    <May permission="config:write">
      <LinkButton to="/domains/new" leftSection={<IconPlus size={16} />}>
        New domain
      </LinkButton>
    </May>
  );

  return (
    <>
      <PageHeader
        title="Domains"
        description="Your own host names for tracking links, proven by DNS."
        actions={create}
      />
      <DataList
        name="domains"
        noun="domains"
        columns={domainColumns}
        query={query}
        url={url}
        defaultSort={BY_HOST}
        rowId={({ id }) => id}
        rowName={nameOf}
        onOpen={({ id }) => void navigate({ to: '/domains/$id', params: { id } })}
        rowActions={mayWrite ? rowActions : undefined}
        bulk={mayWrite ? bulk : undefined}
        filters={
          <>
            <StatusFilter value={search.status} onChange={(status) => url.change({ status })} />
            <VerifiedFilter value={search.verified} onChange={(verified) => url.change({ verified })} />
          </>
        }
        empty={{
          title: 'No domains yet',
          text: 'Add a host name such as go.example.com. Then set one DNS record, and links of campaigns can use it.',
          action: create,
        }}
      />
    </>
  );
}
