import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { NewLandingPage } from '@/features/landings/components/new-landing-page';

export const Route = createFileRoute('/_app/landings/new')({ component: Page });

function Page() {
  return (
    <May permission="config:write" page>
      <NewLandingPage />
    </May>
  );
}
