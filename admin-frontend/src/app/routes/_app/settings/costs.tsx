import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { costSearch } from '@/features/costs/components/cost-search';
import { CostsPage } from '@/features/costs/components/costs-page';

export const Route = createFileRoute('/_app/settings/costs')({ validateSearch: costSearch, component: Page });

function Page() {
  return (
    <May permission="config:write" page>
      <CostsPage search={Route.useSearch()} />
    </May>
  );
}
