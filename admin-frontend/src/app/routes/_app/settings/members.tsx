import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { MembersPage } from '@/features/people/components/members-page';
import { peopleSearch } from '@/features/people/components/people-search';

export const Route = createFileRoute('/_app/settings/members')({
  validateSearch: peopleSearch,
  component: Page,
});

function Page() {
  return (
    <May permission="members:manage" page>
      <MembersPage search={Route.useSearch()} />
    </May>
  );
}
