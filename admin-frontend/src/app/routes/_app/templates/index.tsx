import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { listSearch } from '@/lib/list/search';
import { TemplatesPage } from '@/features/templates/components/templates-page';

export const Route = createFileRoute('/_app/templates/')({ validateSearch: listSearch, component: Page });

function Page() {
  return (
    <May permission="config:read" page>
      <TemplatesPage search={Route.useSearch()} />
    </May>
  );
}
