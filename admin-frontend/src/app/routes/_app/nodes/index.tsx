import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { NodesPage } from '@/features/nodes/components/nodes-page';
import { listSearch } from '@/lib/list/search';

export const Route = createFileRoute('/_app/nodes/')({ validateSearch: listSearch, component: Page });

function Page() {
  return (
    <May permission="logs:read" page>
      <NodesPage search={Route.useSearch()} />
    </May>
  );
}
