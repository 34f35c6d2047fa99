import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { NewDestinationPage } from '@/features/destinations/components/new-destination-page';

export const Route = createFileRoute('/_app/destinations/new')({ component: Page });

function Page() {
  return (
    <May permission="config:write" page>
      <NewDestinationPage />
    </May>
  );
}
