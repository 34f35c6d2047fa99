import { createFileRoute } from '@tanstack/react-router';
import * as z from 'zod/mini';
import { May } from '@/components/ui/feedback/may';
import { ErrorsPage } from '@/features/ingestion-errors/components/errors-page';
import { logSearch } from '@/lib/list/log-search';
import { param } from '@/lib/list/search';

export const Route = createFileRoute('/_app/errors')({
  validateSearch: z.extend(logSearch, { tab: param(z.enum(['kinds'])) }),
  component: Page,
});

function Page() {
  return (
    <May permission="logs:read" page>
      <ErrorsPage search={Route.useSearch()} />
    </May>
  );
}
