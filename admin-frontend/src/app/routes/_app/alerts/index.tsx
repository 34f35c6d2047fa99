import { createFileRoute } from '@tanstack/react-router';
import * as z from 'zod/mini';
import { May } from '@/components/ui/feedback/may';
import { AlertsPage } from '@/features/alerts/components/alerts-page';
import { listSearch, param } from '@/lib/list/search';

export const Route = createFileRoute('/_app/alerts/')({
  validateSearch: z.extend(listSearch, {
    state: param(z.enum(['open', 'resolved'])),
    rule_id: param(z.string()),
    open: param(z.string()),
  }),
  component: Page,
});

function Page() {
  return (
    <May permission="logs:read" page>
      <AlertsPage search={Route.useSearch()} />
    </May>
  );
}
