/**
 * Every page of the UI, in one place: axe and screenshots visit all of it, and a route that is missing here fails a
 * test (pages.test.ts).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { asOwner, firstId } from './api';

/** `newcomer`: signed in, and not approved yet. */
export type Audience = 'nobody' | 'newcomer' | 'admin';

export interface TestPage {
  /** Of its screenshots. */
  name: string;
  /** As the router has it: `/campaigns/$campaignId`. */
  route: string;
  /** An address of it that has something to show. */
  path: () => Promise<string>;
  /** Who sees it, unless everybody who is let in does. */
  audience?: Audience;
}

function fixed(name: string, route: string): TestPage {
  return { name, route, path: () => Promise.resolve(route) };
}

/** The page of whatever comes first in a list, or of a sample that is put into the list while that is empty. */
function entity(name: string, route: string, list: string, sample?: object, key = 'id'): TestPage {
  return {
    name,
    route,
    path: async () => {
      const first = () => firstId(`${list}?limit=1`, key);
      let id = await first();
      if (id === undefined && sample) {
        await asOwner('POST', list, sample);
        id = await first();
      }
      if (id === undefined) throw new Error(`${list} is empty: ${name} has nothing to show`);
      return route.replace(/\$\w+/, id);
    },
  };
}

const landing = { name: 'Quiz page', url: 'https://pages.example/quiz?country={country}' };
const domain = { host: 'go.pages.example' };
const webhook = {
  name: 'CRM',
  url: 'https://crm.example/hooks',
  status: 'paused',
  events: ['conversion'],
};
const alertRule = {
  name: 'A destination is down',
  condition: { kind: 'destination_unhealthy', minutes: 5 },
};

export const pages: TestPage[] = [
  { ...fixed('sign-in', '/sign-in'), audience: 'nobody' },
  { ...fixed('pending', '/pending'), audience: 'newcomer' },
  fixed('dashboard', '/'),
  fixed('reports', '/reports'),
  fixed('campaigns', '/campaigns'),
  fixed('campaign-new', '/campaigns/new'),
  entity('campaign', '/campaigns/$id', '/api/campaigns'),
  fixed('destinations', '/destinations'),
  fixed('destination-new', '/destinations/new'),
  entity('destination', '/destinations/$id', '/api/destinations'),
  fixed('landings', '/landings'),
  fixed('landing-new', '/landings/new'),
  entity('landing', '/landings/$id', '/api/landings', landing),
  fixed('sources', '/sources'),
  fixed('source-new', '/sources/new'),
  entity('source', '/sources/$id', '/api/traffic-sources'),
  fixed('networks', '/networks'),
  fixed('network-new', '/networks/new'),
  entity('network', '/networks/$id', '/api/affiliate-networks'),
  fixed('templates', '/templates'),
  fixed('template-new', '/templates/new'),
  entity('template', '/templates/$id', '/api/postback-templates'),
  fixed('domains', '/domains'),
  fixed('domain-new', '/domains/new'),
  entity('domain', '/domains/$id', '/api/domains', domain),
  fixed('clicks', '/clicks'),
  fixed('conversions', '/conversions'),
  fixed('conversions-import', '/conversions/import'),
  fixed('postbacks', '/postbacks'),
  fixed('errors', '/errors'),
  fixed('dead-letters', '/dead-letters'),
  fixed('nodes', '/nodes'),
  entity('node', '/nodes/$id', '/api/nodes', undefined, 'node_id'),
  fixed('health', '/health'),
  fixed('trafficback', '/trafficback'),
  fixed('alerts', '/alerts'),
  fixed('alert-rules', '/alerts/rules'),
  fixed('alert-rule-new', '/alerts/rules/new'),
  entity('alert-rule', '/alerts/rules/$id', '/api/alert-rules', alertRule),
  fixed('audit-log', '/audit-log'),
  fixed('workspace', '/settings/workspace'),
  fixed('members', '/settings/members'),
  fixed('users', '/settings/users'),
  fixed('api-keys', '/settings/api-keys'),
  fixed('webhooks', '/settings/webhooks'),
  fixed('webhook-new', '/settings/webhooks/new'),
  entity('webhook', '/settings/webhooks/$id', '/api/webhooks', webhook),
  fixed('bot-lists', '/settings/bot-lists'),
  fixed('rates', '/settings/rates'),
  fixed('costs', '/settings/costs'),
  fixed('privacy', '/settings/privacy'),
  fixed('import-export', '/settings/import-export'),
  fixed('installation', '/settings/installation'),
  fixed('account', '/settings/account'),
];

/** Routes that lead elsewhere at once, and show nothing. */
const withoutPage: string[] = [];

/** Every address that the router knows, as it wrote them down itself. */
export function routes(): string[] {
  const file = path.resolve(import.meta.dirname, '../src/app/routeTree.gen.ts');
  const table = /interface FileRoutesByTo \{(.*?)\}/s.exec(readFileSync(file, 'utf8'))?.[1];
  if (table === undefined) throw new Error(`${file} has no table of routes`);
  const found = [...table.matchAll(/'([^']+)':/g)].flatMap((match) => match[1] ?? []);
  return found.filter((route) => !withoutPage.includes(route));
}
