import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { PostbacksPage } from '@/features/postbacks/components/postbacks-page';
import { logSearch } from '@/lib/list/log-search';

export const Route = createFileRoute('/_app/postbacks')({ validateSearch: logSearch, component: Page });

function Page() {
  return (
    <May permission="logs:read" page>
      <PostbacksPage search={Route.useSearch()} />
    </May>
  );
}
