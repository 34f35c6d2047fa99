/** What comes from outside, through the public ports. */
import { stack } from './api';
import { campaignOf } from './campaigns';
import { until } from './until';

/** Who clicks; the address is what a proxy in front of the node would say. */
export interface Visitor {
  address?: string;
  userAgent: string;
}

const windows: Visitor = {
  userAgent:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
};

/** In networks of home connections, so that nobody takes them for machines of a data centre. */
export const visitors = {
  germanWindows: { ...windows, address: '91.0.0.17' },
  americanWindows: { ...windows, address: '73.0.0.17' },
  americanPhone: {
    userAgent:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
    address: '73.0.0.18',
  },
} satisfies Record<string, Visitor>;

/** Clicks a campaign and says where it was sent. */
export async function clickOnce(
  slug: string,
  query: Record<string, string> = {},
  visitor: Visitor = windows,
): Promise<URL> {
  const url = new URL(`/c/${slug}`, stack.traffic);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = {
    'User-Agent': visitor.userAgent,
    Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'Accept-Language': 'en-US,en;q=0.9',
    ...(visitor.address && { 'X-Forwarded-For': visitor.address }),
  };
  const answer = await fetch(url, { redirect: 'manual', headers });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`${url.href}: ${answer.status}, no redirect`);
  return new URL(location);
}

/** Until clicks go by what was saved so far: nodes hear of changes in their order, and of this campaign last. */
export async function untilNodesKnow(): Promise<void> {
  const { slug } = await campaignOf('Probe');
  await until('nodes have the configuration', async () => {
    const answer = await fetch(new URL(`/c/${slug}`, stack.traffic), { redirect: 'manual' });
    return answer.headers.has('location');
  });
}

/** What an affiliate network reports; of the demo network unless said otherwise. Its answer as text. */
export async function postback(
  parameters: Record<string, string>,
  network = stack.network,
  secret = stack.networkSecret,
): Promise<string> {
  const url = new URL(`/pb/${network}`, stack.postback);
  for (const [name, value] of Object.entries({ secret, ...parameters })) url.searchParams.set(name, value);
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`postback: ${answer.status} ${text}`);
  return text;
}
