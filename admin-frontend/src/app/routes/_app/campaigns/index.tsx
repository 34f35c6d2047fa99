import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { CampaignsPage } from '@/features/campaigns/components/campaigns-page';
import { campaignsSearch } from '@/features/campaigns/model/search';

export const Route = createFileRoute('/_app/campaigns/')({
  validateSearch: campaignsSearch,
  component: Page,
});

function Page() {
  return (
    <May permission="config:read" page>
      <CampaignsPage search={Route.useSearch()} />
    </May>
  );
}
