import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { RulePage } from '@/features/alerts/components/rule-page';

export const Route = createFileRoute('/_app/alerts/rules/$id')({ component: Page });

function Page() {
  const { id } = Route.useParams();
  return (
    <May permission="config:read" page>
      <RulePage id={id} />
    </May>
  );
}
