import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { RecentPostbacks } from '@/features/recent-postbacks/components/recent-postbacks';
import { WebhookPage } from '@/features/webhooks/components/webhook-page';

export const Route = createFileRoute('/_app/settings/webhooks/$id')({ component: Page });

function Page() {
  const { id } = Route.useParams();
  return (
    <May permission="config:read" page>
      <WebhookPage key={id} id={id}>
        {(webhook) => (
          <May permission="logs:read">
            <RecentPostbacks
              of={{ target_id: webhook.id }}
              title="Last deliveries"
              none="It was told nothing yet. Each attempt is listed here."
            />
          </May>
        )}
      </WebhookPage>
    </May>
  );
}
