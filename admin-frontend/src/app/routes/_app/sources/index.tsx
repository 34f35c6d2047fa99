import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { SourcesPage } from '@/features/sources/components/sources-page';
import { listSearch } from '@/lib/list/search';

export const Route = createFileRoute('/_app/sources/')({
  validateSearch: listSearch,
  component: Page,
});

function Page() {
  return (
    <May permission="config:read" page>
      <SourcesPage search={Route.useSearch()} />
    </May>
  );
}
