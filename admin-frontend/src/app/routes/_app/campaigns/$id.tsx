import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { CampaignPage } from '@/features/campaigns/components/campaign-page';
import { campaignSearch } from '@/features/campaigns/model/search';

export const Route = createFileRoute('/_app/campaigns/$id')({
  validateSearch: campaignSearch,
  component: Page,
});

function Page() {
  const { id } = Route.useParams();
  const { tab = 'flow' } = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <May permission="config:read" page>
      <CampaignPage
        id={id}
        tab={tab}
        onTab={(next) =>
          void navigate({ search: next === 'flow' ? {} : { tab: next }, replace: true, resetScroll: false })
        }
      />
    </May>
  );
}
