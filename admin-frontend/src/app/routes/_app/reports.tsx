import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { ReportsPage } from '@/features/reports/components/reports-page';
import { reportSearch } from '@/features/reports/model/search';

export const Route = createFileRoute('/_app/reports')({
  validateSearch: reportSearch,
  component: Page,
});

function Page() {
  return (
    <May permission="reports:read" page>
      <ReportsPage search={Route.useSearch()} />
    </May>
  );
}
