/** Campaigns as the API has them: made for tests, and read to see what a page has saved. */
import { z } from 'zod';
import { asOwner, unique } from './api';

const made = z.object({ id: z.string() });

/** Through the API, not probed: nobody answers there. */
export async function destination(
  name = unique('offer'),
  more: object = {},
): Promise<{ id: string; name: string }> {
  const url = `https://${name}.example/?cid={click_id}&geo={country}&s={sub1}&by={campaign_slug}`;
  const input = { name, url, kind: 'offer', health_check: { enabled: false }, ...more };
  return { ...made.parse(await asOwner('POST', '/api/destinations', input)), name };
}

const target = z.object({ destination_id: z.string(), weight: z.number() });

const storedStream = z
  .object({
    id: z.string(),
    name: z.string(),
    position: z.number(),
    status: z.string(),
    targets: z.array(target),
    revision: z.number(),
  })
  .loose();

const storedCampaign = z
  .object({ id: z.string(), name: z.string(), slug: z.string(), revision: z.number() })
  .loose();

export type StoredStream = z.infer<typeof storedStream>;
export type StoredCampaign = z.infer<typeof storedCampaign> & { streams: StoredStream[] };

/** With its streams in their order, archived ones too. */
export async function readCampaign(id: string): Promise<StoredCampaign> {
  const page = z.object({ items: z.array(storedStream) });
  const campaign = storedCampaign.parse(await asOwner('GET', `/api/campaigns/${id}`));
  const { items } = page.parse(await asOwner('GET', `/api/campaigns/${id}/streams?limit=500&sort=position`));
  return { ...campaign, streams: items };
}

export const namesOf = ({ streams }: StoredCampaign) => streams.map(({ name }) => name);

/** Made through the API, with a stream of each name that sends all to one destination. */
export async function campaignOf(...names: string[]): Promise<StoredCampaign> {
  const { id } = await destination();
  const name = unique('campaign');
  const streams = names.map((each, position) => ({
    name: each,
    position,
    targets: [{ destination_id: id, weight: 100 }],
  }));
  const campaign = made.parse(await asOwner('POST', '/api/campaigns', { name, slug: name, streams }));
  return readCampaign(campaign.id);
}
