import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { botListSearch } from '@/features/bot-lists/components/bot-list-search';
import { BotListsPage } from '@/features/bot-lists/components/bot-lists-page';

export const Route = createFileRoute('/_app/settings/bot-lists')({
  validateSearch: botListSearch,
  component: Page,
});

function Page() {
  return (
    <May permission="config:read" page>
      <BotListsPage search={Route.useSearch()} />
    </May>
  );
}
