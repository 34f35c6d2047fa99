import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { UsersPage } from '@/features/people/components/users-page';
import { peopleSearch } from '@/features/people/components/people-search';

export const Route = createFileRoute('/_app/settings/users')({
  validateSearch: peopleSearch,
  component: Page,
});

function Page() {
  return (
    <May permission="members:manage" page>
      <UsersPage search={Route.useSearch()} />
    </May>
  );
}
