import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { NewNetworkPage } from '@/features/networks/components/new-network-page';

export const Route = createFileRoute('/_app/networks/new')({ component: Page });

function Page() {
  return (
    <May permission="config:write" page>
      <NewNetworkPage />
    </May>
  );
}
