import { Alert, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { TextLink } from '@/components/ui/display/links';
import { PageHeader } from '@/components/ui/display/page-header';
import { notifyDone } from '@/components/ui/feedback/notify';
import { ErrorNotice, PagePending } from '@/components/ui/feedback/pages';
import { postbackSchemaOptions } from '@/lib/schema/postback-schema';
import { TemplateForm } from './template-form';

export function NewTemplatePage() {
  const navigate = useNavigate();
  const { data: schema, error, refetch } = useQuery(postbackSchemaOptions);
  if (!schema) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <PagePending />;
  return (
    <>
      <PageHeader title="New postback template" parents={[{ label: 'Templates', to: '/templates' }]} />
      <Alert variant="light" mb="md">
        <Text size="sm">
          For a well-known network begin under <TextLink to="/networks/new">New network</TextLink>: it makes
          the template and the network in one go.
        </Text>
      </Alert>
      <TemplateForm
        template={undefined}
        schema={schema}
        onCancel={() => void navigate({ to: '/templates' })}
        onSaved={({ id, name }) => {
          notifyDone(`“${name}” created`);
          void navigate({ to: '/templates/$id', params: { id } });
        }}
      />
    </>
  );
}
