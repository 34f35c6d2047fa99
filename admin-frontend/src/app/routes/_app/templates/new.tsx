import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { NewTemplatePage } from '@/features/templates/components/new-template-page';

export const Route = createFileRoute('/_app/templates/new')({ component: Page });

function Page() {
  return (
    <May permission="config:write" page>
      <NewTemplatePage />
    </May>
  );
}
