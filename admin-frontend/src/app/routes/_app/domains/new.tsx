import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { NewDomainPage } from '@/features/domains/components/new-domain-page';

export const Route = createFileRoute('/_app/domains/new')({ component: Page });

function Page() {
  return (
    <May permission="config:write" page>
      <NewDomainPage />
    </May>
  );
}
