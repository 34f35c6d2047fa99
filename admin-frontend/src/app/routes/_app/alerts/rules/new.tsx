import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { NewRulePage } from '@/features/alerts/components/new-rule-page';

export const Route = createFileRoute('/_app/alerts/rules/new')({ component: Page });

function Page() {
  return (
    <May permission="config:write" page>
      <NewRulePage />
    </May>
  );
}
