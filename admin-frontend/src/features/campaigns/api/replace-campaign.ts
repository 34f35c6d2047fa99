import { answer, api, type Schemas } from '@/lib/api/client';
import type { Campaign } from './campaign';

export function replaceCampaign(id: string, body: Schemas['CampaignInputReplacement']): Promise<Campaign> {
  return answer(api.PUT('/api/campaigns/{id}', { params: { path: { id } }, body }));
}
