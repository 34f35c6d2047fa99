/**
 * Every page of the UI, in one place: axe and screenshots visit all of it, and a route that is missing here fails a
 * test (pages.test.ts).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { firstId } from './api';

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

/** The page of whatever comes first in a list. */
function entity(name: string, route: string, list: string): TestPage {
  return {
    name,
    route,
    path: async () => {
      const id = await firstId(`${list}?limit=1`);
      if (id === undefined) throw new Error(`${list} is empty: ${name} has nothing to show`);
      return route.replace(/\$\w+/, id);
    },
  };
}

export const pages: TestPage[] = [
  { ...fixed('sign-in', '/sign-in'), audience: 'nobody' },
  { ...fixed('pending', '/pending'), audience: 'newcomer' },
  fixed('dashboard', '/'),
  fixed('sources', '/sources'),
  fixed('source-new', '/sources/new'),
  entity('source', '/sources/$id', '/api/traffic-sources'),
  fixed('destinations', '/destinations'),
  fixed('destination-new', '/destinations/new'),
  entity('destination', '/destinations/$id', '/api/destinations'),
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
