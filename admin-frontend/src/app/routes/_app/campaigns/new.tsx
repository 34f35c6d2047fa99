import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { NewCampaignPage } from '@/features/campaigns/components/new-campaign-page';

export const Route = createFileRoute('/_app/campaigns/new')({ component: Page });

function Page() {
  return (
    <May permission="config:write" page>
      <NewCampaignPage />
    </May>
  );
}
