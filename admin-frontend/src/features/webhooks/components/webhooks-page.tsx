import { IconPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { LinkButton } from '@/components/ui/display/links';
import { PageHeader } from '@/components/ui/display/page-header';
import { May } from '@/components/ui/feedback/may';
import { DataList } from '@/components/ui/list/data-list';
import { StatusFilter } from '@/components/ui/list/status-filter';
import { listRequest, type ListSearch } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMay } from '@/lib/session/me';
import { useWebhooks } from '../api/list-webhooks';
import { nameOf, useWebhookActions } from './use-webhook-actions';
import { webhookColumns } from './webhook-columns';

const NEWEST_FIRST = { sort: 'created_at', order: 'desc' } as const;

export function WebhooksPage({ search }: { search: ListSearch }) {
  const url = useUrlSearch(search);
  const query = useWebhooks(listRequest(search, NEWEST_FIRST));
  const navigate = useNavigate();
  const mayWrite = useMay('config:write');
  const { rowActions, bulk } = useWebhookActions();
  const create = (
    <May permission="config:write">
      <LinkButton to="/settings/webhooks/new" leftSection={<IconPlus size={16} />}>
        New webhook
      </LinkButton>
    </May>
  );

  return (
    <>
      <PageHeader
        title="Webhooks"
        description="Your own systems, told of conversions, caps, health and alerts by signed requests."
        actions={create}
      />
      <DataList
        name="webhooks"
        noun="webhooks"
        columns={webhookColumns}
        query={query}
        url={url}
        defaultSort={NEWEST_FIRST}
        rowId={({ id }) => id}
        rowName={nameOf}
        onOpen={({ id }) => void navigate({ to: '/settings/webhooks/$id', params: { id } })}
        rowActions={mayWrite ? rowActions : undefined}
        bulk={mayWrite ? bulk : undefined}
        filters={<StatusFilter value={search.status} onChange={(status) => url.change({ status })} />}
        empty={{
          title: 'No webhooks yet',
          text: 'Add a URL of yours, and it is told of what happens here as soon as it happens.',
          action: create,
        }}
      />
    </>
  );
}
