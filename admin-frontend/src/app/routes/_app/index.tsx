import { createFileRoute } from '@tanstack/react-router';
import { DashboardPage } from '@/features/dashboard/components/dashboard-page';
import { dashboardSearch } from '@/features/dashboard/components/comparison';

export const Route = createFileRoute('/_app/')({
  validateSearch: dashboardSearch,
  component: Page,
});

function Page() {
  return <DashboardPage search={Route.useSearch()} />;
}
