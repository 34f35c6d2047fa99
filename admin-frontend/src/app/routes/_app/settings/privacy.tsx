import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { PrivacyPage } from '@/features/privacy/components/privacy-page';
import { listSearch } from '@/lib/list/search';

export const Route = createFileRoute('/_app/settings/privacy')({
  validateSearch: listSearch,
  component: Page,
});

function Page() {
  return (
    <May permission="privacy:erase" page>
      <PrivacyPage search={Route.useSearch()} />
    </May>
  );
}
