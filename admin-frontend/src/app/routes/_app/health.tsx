import { createFileRoute } from '@tanstack/react-router';
import * as z from 'zod/mini';
import { May } from '@/components/ui/feedback/may';
import { HealthPage } from '@/features/health/components/health-page';
import { param } from '@/lib/list/search';
import { periodSearch } from '@/lib/time/period';

export const Route = createFileRoute('/_app/health')({
  validateSearch: z.extend(periodSearch, { open: param(z.string()) }),
  component: Page,
});

function Page() {
  return (
    <May permission="reports:read" page>
      <HealthPage search={Route.useSearch()} />
    </May>
  );
}
