import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { DestinationPage } from '@/features/destinations/components/destination-page';

export const Route = createFileRoute('/_app/destinations/$id')({ component: Page });

function Page() {
  const { id } = Route.useParams();
  return (
    <May permission="config:read" page>
      <DestinationPage key={id} id={id} />
    </May>
  );
}
