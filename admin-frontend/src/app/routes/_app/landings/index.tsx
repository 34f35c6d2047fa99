import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { landingSearch } from '@/features/landings/components/landing-search';
import { LandingsPage } from '@/features/landings/components/landings-page';

export const Route = createFileRoute('/_app/landings/')({ validateSearch: landingSearch, component: Page });

function Page() {
  return (
    <May permission="config:read" page>
      <LandingsPage search={Route.useSearch()} />
    </May>
  );
}
