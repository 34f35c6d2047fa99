import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { LandingPage } from '@/features/landings/components/landing-page';

export const Route = createFileRoute('/_app/landings/$id')({ component: Page });

function Page() {
  const { id } = Route.useParams();
  return (
    <May permission="config:read" page>
      <LandingPage key={id} id={id} />
    </May>
  );
}
