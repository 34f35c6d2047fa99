import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { ConversionsPage } from '@/features/conversions/components/conversions-page';
import { logSearch } from '@/lib/list/log-search';

export const Route = createFileRoute('/_app/conversions/')({ validateSearch: logSearch, component: Page });

function Page() {
  return (
    <May permission="logs:read" page>
      <ConversionsPage search={Route.useSearch()} />
    </May>
  );
}
