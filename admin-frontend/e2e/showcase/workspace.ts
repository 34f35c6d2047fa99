/**
 * A workspace that looks as one does after a week of work: made through the API and the public ports, like anybody's.
 * The screenshots of what the demo does not have, and the pictures of the README, are taken in it.
 */
import { createServer, type Server } from 'node:http';
import { z } from 'zod';
import { call, stack, tokenOf } from '../api';
import { until } from '../until';
import { campaigns, offers, sources, vpn, type CampaignPlan, type Offer } from './campaigns';

/** Where its offers answer probes; PROBE_ALLOWED_CIDRS of the stack has it. */
const offersHost = '127.84.71.1';

const made = z.object({ id: z.string() });
const destination = z.object({ health: z.object({ current: z.string() }) });

export type Api = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** The API, about one workspace. */
export function within(workspace: string): Api {
  return (method, path, body) =>
    call(stack.bootstrapToken, method, path, body, { 'X-Workspace-Id': workspace });
}

async function idOf(answer: Promise<unknown>): Promise<string> {
  return made.parse(await answer).id;
}

export function makeWorkspace(name: string): Promise<string> {
  return idOf(call(stack.bootstrapToken, 'POST', '/api/workspaces', { name, currency: 'USD' }));
}

export interface Person {
  name: string;
  email: string;
  role: string;
  mask_money?: boolean;
}

/** Let in, and called by their name. */
export async function letIn(api: Api, { name, ...invitation }: Person): Promise<string> {
  await api('POST', '/api/members', invitation);
  await call(await tokenOf(invitation.email), 'PATCH', '/api/me', { name });
  return invitation.email;
}

export interface MadeCampaign {
  id: string;
  plan: CampaignPlan;
  streams: string[];
}

export interface Workspace {
  id: string;
  api: Api;
  /** Slug of its affiliate network. */
  network: string;
  campaigns: MadeCampaign[];
  /** Ids by name. */
  destinations: Map<string, string>;
  /** Of the offers that nodes probe. */
  probed: Server;
}

async function probedServer(): Promise<{ server: Server; url: string }> {
  const server = createServer((request, answer) => {
    answer.writeHead(request.url === '/well' ? 200 : 503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, offersHost, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the offers have no port');
  return { server, url: `http://${offersHost}:${address.port}` };
}

function destinationOf({ name, kind = 'offer', url, answers, more }: Offer, probe: string) {
  const health_check = answers && { enabled: true, url: `${probe}/${answers}` };
  return { name, kind, url, health_check, ...more };
}

async function makeCampaign(
  api: Api,
  plan: CampaignPlan,
  source: string | undefined,
  destinations: Map<string, string>,
): Promise<MadeCampaign> {
  const streams = plan.streams.map(({ targets, more, ...stream }, position) => ({
    ...stream,
    ...more,
    position,
    targets: Object.entries(targets).map(([name, weight]) => ({
      destination_id: destinations.get(name),
      weight,
    })),
  }));
  const { name, slug } = plan;
  const body = {
    name,
    slug,
    source_id: source,
    bot_policy: 'trafficback',
    trafficback_destination_id: destinations.get('Remnant smartlink'),
    fallback_destination_id: destinations.get('Comparison of VPNs'),
    streams,
  };
  const id = await idOf(api('POST', '/api/campaigns', body));
  const list = z.object({ items: z.array(made) });
  const { items } = list.parse(await api('GET', `/api/campaigns/${id}/streams`));
  return { id, plan, streams: items.map((stream) => stream.id) };
}

export async function buildWorkspace(name: string): Promise<Workspace> {
  const id = await makeWorkspace(name);
  const api = within(id);
  const { server, url } = await probedServer();
  const destinations = new Map<string, string>();
  for (const offer of offers) {
    destinations.set(offer.name, await idOf(api('POST', '/api/destinations', destinationOf(offer, url))));
  }
  const sourceIds = new Map<string, string>();
  for (const source of sources) {
    sourceIds.set(source.slug, await idOf(api('POST', '/api/traffic-sources', source)));
  }
  const template_id = await idOf(
    api('POST', '/api/postback-templates', { preset: 'everflow', secret: 'of-the-showcase' }),
  );
  const network = 'peak-offers';
  await api('POST', '/api/affiliate-networks', { name: 'Peak Offers', slug: network, template_id });
  await api('POST', '/api/landings', {
    name: 'Five VPNs compared',
    url: 'https://pages.northwind.example/vpn?country={country}',
  });
  const campaignsMade: MadeCampaign[] = [];
  for (const plan of campaigns) {
    campaignsMade.push(await makeCampaign(api, plan, sourceIds.get(plan.source), destinations));
  }
  await api('POST', '/api/alert-rules', {
    name: 'A campaign burns money',
    dry_run: false,
    for_minutes: 0,
    condition: {
      kind: 'roi_below',
      roi_percent: '0',
      min_cost: '50',
      window_hours: 168,
      each_campaign: true,
    },
  });
  return { id, api, network, campaigns: campaignsMade, destinations, probed: server };
}

/** Until the nodes agree on the offers that they probe. */
export async function untilProbed({ api, destinations }: Workspace): Promise<void> {
  for (const { name, answers } of offers.filter((offer) => offer.answers !== undefined)) {
    const path = `/api/destinations/${destinations.get(name)}`;
    const expected = answers === 'well' ? 'healthy' : 'unhealthy';
    await until(`${name} is ${expected}`, async () => {
      return destination.parse(await api('GET', path)).health.current === expected;
    });
  }
}

export function flowOf({ campaigns: all }: Workspace): MadeCampaign {
  const found = all.find(({ plan }) => plan === vpn);
  if (!found) throw new Error('the campaign of the showcase was not made');
  return found;
}
