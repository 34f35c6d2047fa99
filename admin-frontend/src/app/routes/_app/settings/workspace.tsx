import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { WorkspacePage } from '@/features/workspace/components/workspace-page';

export const Route = createFileRoute('/_app/settings/workspace')({ component: Page });

function Page() {
  return (
    <May permission="config:read" page>
      <WorkspacePage />
    </May>
  );
}
