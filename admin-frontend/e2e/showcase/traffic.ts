/**
 * A week of the showcase: clicks that were made before are told as an ad server tells them (POST /ads/click), those of
 * now go through the public port from addresses of real providers; what they cost and what they earned follows.
 */
import { z } from 'zod';
import { stack } from '../api';
import { until } from '../until';
import { vpn } from './campaigns';
import type { Api, MadeCampaign, Workspace } from './workspace';

/** Of the past: this week and the one before. */
const days = 14;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const clicksNow = 700;
const atOnce = 24;

/** The same clicks in each run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
const random = generator(20_261_122);

function pick<T>(from: readonly T[]): T {
  const found = from[Math.floor(random() * from.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
}

/** Home providers' blocks: first two bytes. */
const networks: Record<string, string[]> = {
  US: ['73.10', '73.162', '98.220', '68.40'],
  CA: ['99.226', '99.240'],
  GB: ['86.130', '86.150', '81.130'],
  AU: ['120.146', '120.150'],
  DE: ['91.10', '91.30', '87.140', '93.200'],
  AT: ['84.112', '80.108'],
  CH: ['85.0', '178.192'],
  SE: ['90.224', '78.72'],
  FR: ['90.10', '86.200'],
  IT: ['79.10', '87.10'],
  ES: ['83.40', '88.10'],
  PL: ['83.10', '83.20'],
  BR: ['177.32', '189.60', '187.20'],
  MX: ['187.190', '189.150'],
  IN: ['49.36', '49.40', '117.200'],
};

function address(country: string): string {
  const byte = () => Math.floor(random() * 250) + 2;
  return `${pick(networks[country] ?? ['203.0'])}.${byte()}.${byte()}`;
}

const agents = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0',
];
const crawler = 'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)';

/** All of it, so many at once. */
async function each<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await act(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

interface PastClick {
  stream: string;
  country: string;
  at: number;
}

/** More in the evening than at night, and by the campaign's own growth. */
function past({ plan, streams }: MadeCampaign, now: number): PastClick[] {
  const clicks: PastClick[] = [];
  for (let day = 0; day < days; day += 1) {
    const begin = now - (days - day) * dayMs;
    const count = Math.round(plan.perDay * plan.growth ** day * (0.9 + random() * 0.2));
    for (let made = 0; made < count;) {
      const at = begin + Math.floor(random() * dayMs);
      const hour = new Date(at).getUTCHours();
      if (random() > 0.35 + 0.65 * Math.sin((Math.PI * ((hour + 18) % 24)) / 24)) continue;
      clicks.push({ stream: pick(streams), country: pick(plan.countries), at });
      made += 1;
    }
  }
  return clicks;
}

let told = 0;

async function tell({ stream, country, at }: PastClick): Promise<void> {
  told += 1;
  const body = {
    clickId: `nw-${told}`,
    ad_id: stream,
    ip: address(country),
    timestamp: new Date(at).toISOString(),
  };
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(new URL('/ads/click', stack.traffic), {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`/ads/click: ${answer.status} ${await answer.text()}`);
}

const creatives = ['lock-icon', 'street-cafe', 'airport', 'family'];

async function clickNow({ plan }: MadeCampaign): Promise<void> {
  const url = new URL(`/c/${plan.slug}`, stack.traffic);
  url.searchParams.set('sub1', pick(creatives));
  url.searchParams.set('sub2', `zone-${Math.floor(random() * 30) + 1}`);
  url.searchParams.set('utm_campaign', 'november');
  const headers = {
    'User-Agent': random() < 0.04 ? crawler : pick(agents),
    'X-Forwarded-For': address(pick(plan.countries)),
    Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'Accept-Language': 'en-US,en;q=0.9',
  };
  const answer = await fetch(url, { redirect: 'manual', headers });
  if (answer.status !== 302) throw new Error(`${url.pathname}: ${answer.status}`);
}

/** With a HEAD, which is taken for a machine's click; a refused one is none. */
async function untilKnown({ plan }: MadeCampaign): Promise<void> {
  const url = new URL(`/c/${plan.slug}`, stack.traffic);
  const headers = { 'X-Forwarded-For': address(pick(plan.countries)) };
  await until(`the node knows ${plan.name}`, async () => {
    return (await fetch(url, { method: 'HEAD', redirect: 'manual', headers })).status === 302;
  });
}

const overview = z.object({ clicks: z.number(), bots: z.number(), conversions: z.number() });

async function counted(api: Api, range: string): Promise<z.infer<typeof overview>> {
  return overview.parse(await api('GET', `/api/reports/overview?${range}`));
}

const costs = z.object({ id: z.string(), state: z.string(), failed: z.number() });

/** A price of its own each day, as sources bill. */
async function bill({ api, campaigns }: Workspace, now: number): Promise<void> {
  const items = campaigns.flatMap(({ id, plan }) =>
    Array.from({ length: days + 1 }, (_, day) => ({
      campaign_id: id,
      from: new Date(now - (days - day) * dayMs).toISOString(),
      to: new Date(now - (days - day - 1) * dayMs).toISOString(),
      currency: 'USD',
      cpc: (plan.cpc * (0.88 + random() * 0.24)).toFixed(4),
    })),
  );
  let job = costs.parse(await api('POST', '/api/costs', { items }));
  await until('costs are applied', async () => {
    job = costs.parse(await api('GET', `/api/costs/${job.id}`));
    return job.state === 'applied';
  });
  if (job.failed > 0) throw new Error(`${job.failed} costs were refused: ${JSON.stringify(job)}`);
}

const clickPage = z.object({
  items: z.array(
    z.object({ click_id: z.string(), campaign_id: z.string(), created_at: z.string(), is_bot: z.boolean() }),
  ),
  next: z.string().nullish(),
});
type SeenClick = z.infer<typeof clickPage>['items'][number];

async function allClicks(api: Api, range: string): Promise<SeenClick[]> {
  const all: SeenClick[] = [];
  let next: string | null | undefined;
  do {
    const before = next ? `&before=${encodeURIComponent(next)}` : '';
    const page = clickPage.parse(await api('GET', `/api/clicks?limit=500&${range}${before}`));
    all.push(...page.items);
    next = page.next;
  } while (next);
  return all;
}

const imported = z.object({ counts: z.object({ accepted: z.number(), refused: z.number() }) });

/** Sales of a part of the clicks, hours after them; some wait, some are refused. */
async function earn({ api, campaigns, network }: Workspace, clicks: SeenClick[]): Promise<number> {
  const rows = clicks.flatMap((click, at) => {
    const plan = campaigns.find(({ id }) => id === click.campaign_id)?.plan;
    if (!plan || click.is_bot || random() > plan.conversionRate) return [];
    const [least, most] = plan.payout;
    const made = Math.min(Date.parse(click.created_at) + random() * 6 * hourMs, Date.now());
    const draw = random();
    return {
      click_id: click.click_id,
      event_type: plan.event,
      transaction_id: `po-${48_000 + at}`,
      payout: (least + random() * (most - least)).toFixed(2),
      status: draw < 0.82 ? 'approved' : draw < 0.93 ? 'pending' : 'rejected',
      created_at: new Date(made).toISOString(),
    };
  });
  const { counts } = imported.parse(
    await api('POST', `/api/conversions/import?network=${network}`, { rows }),
  );
  if (counts.refused > 0) throw new Error(`${counts.refused} conversions were refused`);
  return rows.filter(({ status }) => status !== 'rejected').length;
}

export async function liveThrough(workspace: Workspace): Promise<void> {
  const { api, campaigns } = workspace;
  const now = Date.now();
  const from = new Date(now - (days + 1) * dayMs).toISOString();
  const range = `from=${from}&to=${new Date(now + hourMs).toISOString()}`;
  for (const campaign of campaigns) await untilKnown(campaign);
  const before = campaigns.flatMap((campaign) => past(campaign, now));
  await each(before, tell);
  const most = campaigns.filter(({ plan }) => plan === vpn);
  const live = Array.from({ length: clicksNow }, (_, at) => pick(at % 3 === 0 ? campaigns : most));
  await each(live, clickNow);
  await until('the clicks of the showcase are counted', async () => {
    const { clicks, bots } = await counted(api, range);
    return clicks + bots >= before.length + live.length + campaigns.length;
  });
  await bill(workspace, now);
  const conversions = await earn(workspace, await allClicks(api, range));
  await until('the conversions of the showcase are counted', async () => {
    return (await counted(api, range)).conversions >= conversions;
  });
}
