/** What comes from outside, through the public ports. */
import { stack } from './api';

/** Clicks a campaign and says where it was sent. */
export async function clickOnce(slug: string, query: Record<string, string> = {}): Promise<URL> {
  const url = new URL(`/c/${slug}`, stack.traffic);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = {
    'User-Agent':
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'Accept-Language': 'en-US,en;q=0.9',
  };
  const answer = await fetch(url, { redirect: 'manual', headers });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`${url.href}: ${answer.status}, no redirect`);
  return new URL(location);
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
