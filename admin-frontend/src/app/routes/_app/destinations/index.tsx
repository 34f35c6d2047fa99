import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { destinationSearch } from '@/features/destinations/components/destination-search';
import { DestinationsPage } from '@/features/destinations/components/destinations-page';

export const Route = createFileRoute('/_app/destinations/')({
  validateSearch: destinationSearch,
  component: Page,
});

function Page() {
  return (
    <May permission="config:read" page>
      <DestinationsPage search={Route.useSearch()} />
    </May>
  );
}
