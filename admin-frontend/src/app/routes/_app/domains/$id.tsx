import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { DomainPage } from '@/features/domains/components/domain-page';

export const Route = createFileRoute('/_app/domains/$id')({ component: Page });

function Page() {
  const { id } = Route.useParams();
  return (
    <May permission="config:read" page>
      <DomainPage key={id} id={id} />
    </May>
  );
}
