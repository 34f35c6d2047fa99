import { Code } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { EntityFacts } from '@/components/ui/entity/entity-facts';
import { EntityPage } from '@/components/ui/entity/entity-page';
import { UsedBy } from '@/components/ui/entity/used-by';
import { notifyDone } from '@/components/ui/feedback/notify';
import { ErrorNotice, PagePending } from '@/components/ui/feedback/pages';
import { postbackSchemaOptions } from '@/lib/schema/postback-schema';
import { networksOfTemplateOptions } from '../api/networks-of-template';
import { templateOptions } from '../api/template';
import { TemplateForm } from './template-form';
import { nameOf, useTemplateActions } from './use-template-actions';

const PARENTS = [{ label: 'Templates', to: '/templates' }];

type Props = {
  id: string;
  /** The test panel, for the networks that the template is used by. */
  test: (networks: { slug: string; name: string }[]) => ReactNode;
};

export function TemplatePage({ id, test }: Props) {
  const query = useQuery(templateOptions(id));
  const schema = useQuery(postbackSchemaOptions);
  const networks = useQuery(networksOfTemplateOptions(id));
  const navigate = useNavigate();
  const { pageActions } = useTemplateActions();
  return (
    <EntityPage
      query={query}
      nameOf={nameOf}
      parents={PARENTS}
      actions={(template) => pageActions(template, () => void navigate({ to: '/templates' }))}
    >
      {(template) => (
        <>
          {schema.data ? (
            <TemplateForm
              template={template}
              schema={schema.data}
              onSaved={({ name }) => notifyDone(`“${name}” saved`)}
            />
          ) : schema.error ? (
            <ErrorNotice error={schema.error} onRetry={() => void schema.refetch()} />
          ) : (
            <PagePending />
          )}
          {networks.data && test(networks.data.items)}
          <UsedBy
            title="Networks"
            kind="network"
            query={networks}
            none="No network is read by this template yet. Choose it on a network’s page."
          />
          <EntityFacts
            of={template}
            more={[['Preset', template.preset && <Code key="preset">{template.preset}</Code>]]}
          />
        </>
      )}
    </EntityPage>
  );
}
