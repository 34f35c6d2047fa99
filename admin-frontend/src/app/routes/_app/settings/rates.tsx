import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { rateSearch } from '@/features/rates/components/rate-search';
import { RatesPage } from '@/features/rates/components/rates-page';

export const Route = createFileRoute('/_app/settings/rates')({ validateSearch: rateSearch, component: Page });

function Page() {
  return (
    <May permission="config:read" page>
      <RatesPage search={Route.useSearch()} />
    </May>
  );
}
