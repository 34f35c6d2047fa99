import { Stack } from '@mantine/core';
import { PageHeader } from '@/components/ui/display/page-header';
import { ExportCard } from './export-card';
import { ImportCard } from './import-card';

export function WorkspaceFilePage() {
  return (
    <>
      <PageHeader
        title="Import and export"
        description="The configuration of the workspace as one file: to keep, to move, to begin another one with."
      />
      <Stack gap="md">
        <ExportCard />
        <ImportCard />
      </Stack>
    </>
  );
}
