import { useQuery } from '@tanstack/react-query';
import { ErrorNotice, NotFoundPage, PagePending } from '@/components/ui/feedback/pages';
import { isNotFound } from '@/lib/api/error';
import { campaignOptions } from '../api/campaign';
import type { Tab } from '../model/search';
import { CampaignEditor } from './campaign-editor';

type Props = { id: string; tab: Tab; onTab: (tab: Tab) => void };

export function CampaignPage({ id, tab, onTab }: Props) {
  const { data: campaign, error, refetch } = useQuery(campaignOptions(id));
  if (!campaign) {
    if (isNotFound(error)) return <NotFoundPage />;
    return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <PagePending />;
  }
  return <CampaignEditor key={id} campaign={campaign} tab={tab} onTab={onTab} />;
}
