import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { KeysPage } from '@/features/api-keys/components/keys-page';
import { listSearch } from '@/lib/list/search';

export const Route = createFileRoute('/_app/settings/api-keys')({
  validateSearch: listSearch,
  component: Page,
});

function Page() {
  return (
    <May permission="keys:manage" page>
      <KeysPage search={Route.useSearch()} />
    </May>
  );
}
