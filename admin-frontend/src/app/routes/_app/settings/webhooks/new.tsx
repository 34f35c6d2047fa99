import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { NewWebhookPage } from '@/features/webhooks/components/new-webhook-page';

export const Route = createFileRoute('/_app/settings/webhooks/new')({ component: Page });

function Page() {
  return (
    <May permission="config:write" page>
      <NewWebhookPage />
    </May>
  );
}
