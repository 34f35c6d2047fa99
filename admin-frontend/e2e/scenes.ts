/** What pages look like in the middle of work, which their address alone does not show. */
import type { Page } from 'playwright-core';
import type { Showcase } from './showcase/showcase';

export type Actor = 'owner' | 'analyst' | 'beginner';

export interface Scene {
  /** Of its pictures. */
  name: string;
  actor: Actor;
  path: (show: Showcase) => string;
  /** What is done on the page before it is looked at. */
  act?: (page: Page) => Promise<void>;
}

function at(name: string, path: string, actor: Actor = 'owner', act?: Scene['act']): Scene {
  return { name, actor, path: () => path, act };
}

function campaign(name: string, tab: string, act?: Scene['act']): Scene {
  return { name, actor: 'owner', path: ({ flow }) => `/campaigns/${flow.id}${tab}`, act };
}

function search(parameters: Record<string, string>): string {
  return new URLSearchParams(parameters).toString();
}

/** As the router writes what is not plain text. */
function json(value: unknown): string {
  return JSON.stringify(value);
}

async function selectThree(page: Page): Promise<void> {
  const boxes = page.getByRole('checkbox', { name: /^Select (?!all|no)/ });
  for (const index of [1, 2, 4]) await boxes.nth(index).check();
  await page.getByRole('region', { name: 'Selected rows' }).waitFor();
}

/** The box of the picture, or on phones the card of the list. */
async function openStream(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /iPhone, tier 1.*Country is/ })
    .first()
    .click();
  await page.getByRole('heading', { name: /^Stream \d+: iPhone, tier 1/ }).waitFor();
}

/** What destinations really got comes after the flow itself. */
export async function untilShared(page: Page): Promise<void> {
  await page
    .getByText(/^24 h: /)
    .first()
    .waitFor();
}

export async function simulate(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Simulate a click' }).click();
  await page.getByRole('button', { name: 'iPhone in Germany' }).click();
  await page.getByRole('status', { name: 'The decision' }).waitFor();
}

const flatReport = search({
  by: 'campaign,country',
  flat: 'true',
  cols: 'clicks,conversions,cr,revenue,cost,profit,roi',
  heat: 'profit,roi',
  sort: '-profit',
});

export const flatReportPath = `/reports?${flatReport}&chart=stacked&cm=revenue`;

const emptyPages = [
  'campaigns',
  'destinations',
  'landings',
  'sources',
  'networks',
  'templates',
  'domains',
  'clicks',
  'conversions',
  'postbacks',
  'reports',
  'alerts',
];

export const scenes: Scene[] = [
  at('week-dashboard', '/?compare=previous_period'),
  at('week-report', flatReportPath),
  {
    name: 'week-report-drilled',
    actor: 'owner',
    path: ({ flow }) =>
      `/reports?${search({ by: 'campaign,country,device_type', at: json([flow.id]), heat: 'roi', cm: 'profit' })}`,
  },
  at(
    'week-report-selection',
    `/reports?${search({ by: 'country', chart: 'bar', split: 'true' })}`,
    'owner',
    selectThree,
  ),
  at(
    'week-report-filtered',
    `/reports?${search({
      by: 'country',
      f: json([
        ['country', 'in', 'US', 'DE', 'GB'],
        ['campaign', 'exists'],
      ]),
      h: json([['clicks', 'gt', '50']]),
      compare: 'previous_period',
    })}`,
  ),
  at('week-report-cohort', '/reports?tab=cohort'),
  at('week-report-funnel', '/reports?tab=funnel'),
  at('week-campaigns', '/campaigns'),
  campaign('flow', '', untilShared),
  campaign('flow-stream', '', openStream),
  campaign('flow-simulated', '', simulate),
  campaign('flow-settings', '?tab=settings'),
  campaign('flow-links', '?tab=links'),
  campaign('flow-history', '?tab=history'),
  at('week-destinations', '/destinations'),
  { name: 'week-destination', actor: 'owner', path: ({ destination }) => `/destinations/${destination}` },
  at('week-clicks', '/clicks'),
  { name: 'click-open', actor: 'owner', path: ({ click }) => `/clicks?open=${click}` },
  at('week-conversions', '/conversions'),
  { name: 'conversion-open', actor: 'owner', path: ({ conversion }) => `/conversions?open=${conversion}` },
  { name: 'postback-open', actor: 'owner', path: ({ postback }) => `/postbacks?open=${postback}` },
  at('week-health', '/health'),
  at('week-alerts', '/alerts'),
  at('analyst-dashboard', '/', 'analyst'),
  at('analyst-report', flatReportPath, 'analyst'),
  at('analyst-conversions', '/conversions', 'analyst'),
  at('analyst-refused', '/settings/members', 'analyst'),
  at('new-dashboard', '/', 'beginner'),
  ...emptyPages.map((page) => at(`new-${page}`, `/${page}`, 'beginner')),
  at('not-found', '/nothing-here'),
];
