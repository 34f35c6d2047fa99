import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { domainSearch } from '@/features/domains/components/domain-search';
import { DomainsPage } from '@/features/domains/components/domains-page';

export const Route = createFileRoute('/_app/domains/')({ validateSearch: domainSearch, component: Page });

function Page() {
  return (
    <May permission="config:read" page>
      <DomainsPage search={Route.useSearch()} />
    </May>
  );
}
