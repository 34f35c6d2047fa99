import { createFileRoute } from '@tanstack/react-router';
import * as z from 'zod/mini';
import { May } from '@/components/ui/feedback/may';
import { DeadLettersPage } from '@/features/postbacks/components/dead-letters-page';
import { listSearch, param } from '@/lib/list/search';

export const Route = createFileRoute('/_app/dead-letters')({
  validateSearch: z.extend(listSearch, { kind: param(z.enum(['inbound'])) }),
  component: Page,
});

function Page() {
  return (
    <May permission="logs:read" page>
      <DeadLettersPage search={Route.useSearch()} />
    </May>
  );
}
