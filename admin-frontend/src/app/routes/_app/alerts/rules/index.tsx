import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { RulesPage } from '@/features/alerts/components/rules-page';
import { listSearch } from '@/lib/list/search';

export const Route = createFileRoute('/_app/alerts/rules/')({ validateSearch: listSearch, component: Page });

function Page() {
  return (
    <May permission="config:read" page>
      <RulesPage search={Route.useSearch()} />
    </May>
  );
}
