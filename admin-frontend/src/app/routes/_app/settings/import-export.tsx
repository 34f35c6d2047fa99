import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { WorkspaceFilePage } from '@/features/workspace-file/components/workspace-file-page';

export const Route = createFileRoute('/_app/settings/import-export')({ component: Page });

function Page() {
  return (
    <May permission="workspace:manage" page>
      <WorkspaceFilePage />
    </May>
  );
}
