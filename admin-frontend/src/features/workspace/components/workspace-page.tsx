import { Card, Stack } from '@mantine/core';
import { KeyValue } from '@/components/ui/display/key-value';
import { PageHeader } from '@/components/ui/display/page-header';
import { Time } from '@/components/ui/display/time';
import { ErrorNotice, PagePending } from '@/components/ui/feedback/pages';
import { useWorkspace } from '../api/workspace';
import { WorkspaceForm } from './workspace-form';

export function WorkspacePage() {
  const { data: workspace, error, refetch } = useWorkspace();
  if (!workspace) {
    return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <PagePending />;
  }
  return (
    <>
      <PageHeader title="Workspace" description={workspace.name} />
      <Stack gap="md">
        <WorkspaceForm key={workspace.id} workspace={workspace} />
        <Card>
          <KeyValue
            entries={[
              ['Id', workspace.id],
              ['Created', <Time key="created" at={workspace.created_at} />],
              ['Changed', <Time key="changed" at={workspace.updated_at} />],
              ['Revision', workspace.revision],
            ]}
          />
        </Card>
      </Stack>
    </>
  );
}
