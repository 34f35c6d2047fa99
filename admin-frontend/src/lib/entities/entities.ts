/**
 * The kinds of entities that others refer to: how each is searched, named and reached. A new kind is one entry here;
 * `EntitySelect`, `EntityName` and the command palette know it then.
 */
import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '../api/client';

export type EntityKind =
  'campaign' | 'destination' | 'landing' | 'source' | 'network' | 'template' | 'domain' | 'webhook' | 'node';

/** What a select or a link shows of an entity. */
export type EntityBrief = { id: string; name: string; detail?: string; status?: string };

type Asked = { q?: string; limit: number; offset?: number };
type Found = { items: EntityBrief[]; total: number };

type Entity = {
  one: string;
  many: string;
  /** The route of its page, with `$id`. */
  page: string;
  list: (query: Asked, signal: AbortSignal) => Promise<Found>;
};

type Named = { id: string; name: string; status?: string; slug?: string; url?: string; host?: string };

function brief<Row extends Named>(page: { items: Row[]; total: number }): Found {
  const items = page.items.map(({ id, name, status, slug, url, host }) => ({
    id,
    name,
    status,
    detail: slug ?? url ?? host,
  }));
  return { items, total: page.total };
}

export const ENTITIES: Record<EntityKind, Entity> = {
  campaign: {
    one: 'Campaign',
    many: 'Campaigns',
    page: '/campaigns/$id',
    list: async (query, signal) =>
      brief(await answer(api.GET('/api/campaigns', { params: { query }, signal }))),
  },
  destination: {
    one: 'Destination',
    many: 'Destinations',
    page: '/destinations/$id',
    list: async (query, signal) =>
      brief(await answer(api.GET('/api/destinations', { params: { query }, signal }))),
  },
  landing: {
    one: 'Landing',
    many: 'Landings',
    page: '/landings/$id',
    list: async (query, signal) =>
      brief(await answer(api.GET('/api/landings', { params: { query }, signal }))),
  },
  source: {
    one: 'Traffic source',
    many: 'Traffic sources',
    page: '/sources/$id',
    list: async (query, signal) =>
      brief(await answer(api.GET('/api/traffic-sources', { params: { query }, signal }))),
  },
  network: {
    one: 'Network',
    many: 'Networks',
    page: '/networks/$id',
    list: async (query, signal) =>
      brief(await answer(api.GET('/api/affiliate-networks', { params: { query }, signal }))),
  },
  template: {
    one: 'Postback template',
    many: 'Postback templates',
    page: '/templates/$id',
    list: async (query, signal) =>
      brief(await answer(api.GET('/api/postback-templates', { params: { query }, signal }))),
  },
  domain: {
    one: 'Domain',
    many: 'Domains',
    page: '/domains/$id',
    list: async (query, signal) => {
      const page = await answer(api.GET('/api/domains', { params: { query }, signal }));
      return {
        items: page.items.map(({ id, host, status }) => ({ id, name: host, status })),
        total: page.total,
      };
    },
  },
  webhook: {
    one: 'Webhook',
    many: 'Webhooks',
    page: '/settings/webhooks/$id',
    list: async (query, signal) =>
      brief(await answer(api.GET('/api/webhooks', { params: { query }, signal }))),
  },
  node: {
    one: 'Node',
    many: 'Nodes',
    page: '/nodes/$id',
    list: async ({ q, limit, offset }, signal) => {
      const page = await answer(api.GET('/api/nodes', { params: { query: { limit, offset } }, signal }));
      const items = page.items.map(({ node_id, name, role }) => ({
        id: node_id,
        name: name ?? node_id,
        detail: role,
      }));
      const found = items.filter(({ id, name }) =>
        `${id} ${name}`.toLowerCase().includes((q ?? '').toLowerCase()),
      );
      return { items: found, total: page.total ?? found.length };
    },
  },
};

/** Those that the command palette finds. */
export const ENTITY_KINDS: EntityKind[] = [
  'campaign',
  'destination',
  'landing',
  'source',
  'network',
  'template',
  'domain',
  'webhook',
];

export function entitySearchOptions(kind: EntityKind, q: string, limit = 50) {
  return queryOptions({
    queryKey: ['entities', kind, 'search', q, limit],
    queryFn: async ({ signal }) => (await ENTITIES[kind].list(q ? { q, limit } : { limit }, signal)).items,
    staleTime: 30_000,
  });
}

const PAGE = 500;
/** Names of more entities than this are not read ahead; they are shown by their ids. */
const MOST_NAMES = 5_000;

/** All names of a kind, read once for all who ask. */
export function entityNamesOptions(kind: EntityKind) {
  return queryOptions({
    queryKey: ['entities', kind, 'names'],
    queryFn: async ({ signal }) => {
      const names = new Map<string, EntityBrief>();
      for (let offset = 0; offset < MOST_NAMES; offset += PAGE) {
        const { items, total } = await ENTITIES[kind].list({ limit: PAGE, offset }, signal);
        for (const item of items) names.set(item.id, item);
        if (offset + items.length >= total || items.length === 0) break;
      }
      return names;
    },
    staleTime: 5 * 60_000,
  });
}
