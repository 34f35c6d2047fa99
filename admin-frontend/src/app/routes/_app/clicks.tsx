import { createFileRoute } from '@tanstack/react-router';
import * as z from 'zod/mini';
import { May } from '@/components/ui/feedback/may';
import { ClicksPage } from '@/features/clicks/components/clicks-page';
import { logSearch } from '@/lib/list/log-search';
import { param } from '@/lib/list/search';

export const Route = createFileRoute('/_app/clicks')({
  validateSearch: z.extend(logSearch, { live: param(z.boolean()) }),
  component: Page,
});

function Page() {
  return (
    <May permission="logs:read" page>
      <ClicksPage search={Route.useSearch()} />
    </May>
  );
}
