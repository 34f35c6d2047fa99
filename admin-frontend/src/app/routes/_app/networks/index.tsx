import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { networkSearch } from '@/features/networks/components/network-search';
import { NetworksPage } from '@/features/networks/components/networks-page';

export const Route = createFileRoute('/_app/networks/')({ validateSearch: networkSearch, component: Page });

function Page() {
  return (
    <May permission="config:read" page>
      <NetworksPage search={Route.useSearch()} />
    </May>
  );
}
