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
import { useTemplates } from '../api/list-templates';
import { templateColumns } from './template-columns';
import { nameOf, useTemplateActions } from './use-template-actions';

const NEWEST_FIRST = { sort: 'created_at', order: 'desc' } as const;

export function TemplatesPage({ search }: { search: ListSearch }) {
  const url = useUrlSearch(search);
  const query = useTemplates(listRequest(search, NEWEST_FIRST));
  const navigate = useNavigate();
  const mayWrite = useMay('config:write');
  const { rowActions, bulk } = useTemplateActions();
  const create = (
    <May permission="config:write">
      <LinkButton to="/templates/new" leftSection={<IconPlus size={16} />}>
        New template
      </LinkButton>
    </May>
  );

  return (
    <>
      <PageHeader
        title="Postback templates"
        description="How the postbacks of a network are read: names of parameters, words for statuses, who may send."
        actions={create}
      />
      <DataList
        name="templates"
        noun="templates"
        columns={templateColumns}
        query={query}
        url={url}
        defaultSort={NEWEST_FIRST}
        rowId={({ id }) => id}
        rowName={nameOf}
        onOpen={({ id }) => void navigate({ to: '/templates/$id', params: { id } })}
        rowActions={mayWrite ? rowActions : undefined}
        bulk={mayWrite ? bulk : undefined}
        filters={<StatusFilter value={search.status} onChange={(status) => url.change({ status })} />}
        empty={{
          title: 'No templates yet',
          text: 'A network without a template is read by the default names. Make one when a network says things in its own way.',
          action: create,
        }}
      />
    </>
  );
}
