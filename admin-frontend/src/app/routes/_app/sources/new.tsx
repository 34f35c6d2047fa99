import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { NewSourcePage } from '@/features/sources/components/new-source-page';

export const Route = createFileRoute('/_app/sources/new')({ component: Page });

function Page() {
  return (
    <May permission="config:write" page>
      <NewSourcePage />
    </May>
  );
}
