import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { listSearch } from '@/lib/list/search';
import { WebhooksPage } from '@/features/webhooks/components/webhooks-page';

export const Route = createFileRoute('/_app/settings/webhooks/')({
  validateSearch: listSearch,
  component: Page,
});

function Page() {
  return (
    <May permission="config:read" page>
      <WebhooksPage search={Route.useSearch()} />
    </May>
  );
}
