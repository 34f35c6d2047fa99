import { createFileRoute } from '@tanstack/react-router';
import * as z from 'zod/mini';
import { May } from '@/components/ui/feedback/may';
import { AuditPage } from '@/features/audit-log/components/audit-page';
import { logSearch } from '@/lib/list/log-search';
import { param } from '@/lib/list/search';

export const Route = createFileRoute('/_app/audit-log')({
  validateSearch: z.extend(logSearch, { scope: param(z.enum(['installation'])) }),
  component: Page,
});

function Page() {
  return (
    <May permission="audit:read" page>
      <AuditPage search={Route.useSearch()} />
    </May>
  );
}
