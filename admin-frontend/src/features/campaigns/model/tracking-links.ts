/** The links that clicks come in by, in all their forms. */
import type { Campaign } from '../api/campaign';

export type TrackingLink = { label: string; url: string };

/** `https://node.example`, whatever was typed; undefined when that is no address. */
export function readOrigin(typed: string): string | undefined {
  const text = typed.trim();
  if (text === '') return undefined;
  try {
    const url = new URL(/^https?:\/\//i.test(text) ? text : `https://${text}`);
    return url.hostname === '' ? undefined : url.origin;
  } catch {
    return undefined;
  }
}

/** Macros of sources are kept as they are: the source fills them in. */
export function withQuery(url: string, query: string): string {
  const text = query.trim().replace(/^[?&]+/, '');
  return text === '' ? url : `${url}?${text}`;
}

/** On its own domains alone, where it has some. */
export function trackingLinks(
  { links, domain_hosts }: Pick<Campaign, 'links' | 'domain_hosts'>,
  origin: string,
  query: string,
): TrackingLink[] {
  const origins = domain_hosts.length > 0 ? domain_hosts.map((host) => `https://${host}`) : [origin];
  return origins.flatMap((each) => {
    const at = domain_hosts.length > 1 ? ` on ${new URL(each).host}` : '';
    return [
      { label: `By its slug${at}`, url: withQuery(each + links.campaign, query) },
      { label: `By its id, which says nothing of it${at}`, url: withQuery(each + links.public, query) },
    ];
  });
}
