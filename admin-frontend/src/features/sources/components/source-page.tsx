import { Card, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { KeyValue } from '@/components/ui/display/key-value';
import { PageHeader } from '@/components/ui/display/page-header';
import { StatusBadge } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { notifyDone } from '@/components/ui/feedback/notify';
import { ErrorNotice, NotFoundPage, PagePending } from '@/components/ui/feedback/pages';
import { isNotFound } from '@/lib/api/error';
import { sourceOptions } from '../api/source';
import { SourceForm } from './source-form';

const PARENTS = [{ label: 'Traffic sources', to: '/sources' }];

export function SourcePage({ id }: { id: string }) {
  const { data: source, error, refetch } = useQuery(sourceOptions(id));
  if (!source) {
    if (isNotFound(error)) return <NotFoundPage />;
    return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <PagePending />;
  }
  return (
    <>
      <PageHeader title={source.name} parents={PARENTS} badge={<StatusBadge status={source.status} />} />
      <Stack gap="md">
        <SourceForm key={id} source={source} onSaved={({ name }) => notifyDone(`“${name}” saved`)} />
        <Card>
          <KeyValue
            entries={[
              ['Id', source.id],
              ['Created', <Time key="created" at={source.created_at} />],
              ['Changed', <Time key="changed" at={source.updated_at} />],
              ['Revision', source.revision],
            ]}
          />
        </Card>
      </Stack>
    </>
  );
}
