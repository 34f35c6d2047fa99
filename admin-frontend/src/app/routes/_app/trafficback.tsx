import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { TrafficbackPage } from '@/features/health/components/trafficback-page';
import { periodSearch } from '@/lib/time/period';

export const Route = createFileRoute('/_app/trafficback')({ validateSearch: periodSearch, component: Page });

function Page() {
  return (
    <May permission="reports:read" page>
      <TrafficbackPage search={Route.useSearch()} />
    </May>
  );
}
