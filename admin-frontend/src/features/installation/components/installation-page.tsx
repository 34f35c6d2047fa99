import { Stack } from '@mantine/core';
import { PageHeader } from '@/components/ui/display/page-header';
import { LinkKeysCard } from './link-keys-card';
import { ReloadCard } from './reload-card';
import { WorkspacesCard } from './workspaces-card';

export function InstallationPage() {
  return (
    <>
      <PageHeader title="Installation" description="What all workspaces share." />
      <Stack gap="md">
        <WorkspacesCard />
        <LinkKeysCard />
        <ReloadCard />
      </Stack>
    </>
  );
}
