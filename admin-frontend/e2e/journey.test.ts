/** What a media buyer does in a day: builds a campaign, tries it, sends clicks through it, and sees what they bring. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { asOwner, unique } from './api';
import { expectNoAxeViolations } from './axe';
import { Faults, launch, settled } from './browser';
import { buildCampaign, DESKTOPS, OTHERS, urlOf, VIPS, type Built } from './built-campaign';
import { readCampaign } from './campaigns';
import { button } from './fields';
import { openCampaign, panel } from './flow';
import { signedIn } from './session';
import { clickOnce, postback, untilNodesKnow, visitors } from './traffic';
import { until } from './until';

const buildLimitMs = 150_000;

let browser: Browser;
let built: Built;
beforeAll(async () => {
  browser = await launch();
  built = await buildCampaign(browser);
}, buildLimitMs);
afterAll(() => browser.close());

const condition = (field: string, operator: string, ...values: string[]) => ({
  condition: { field, operator, values, case_sensitive: false },
});

function expectedCampaign({ name, ids, shares }: Built) {
  const equal = { kind: 'regular', status: 'active', sticky: null, landings: [], unique_policy: null };
  const [main, second, third] = shares;
  return {
    name,
    slug: name,
    status: 'active',
    currency: 'USD',
    geo: { allow: [], block: ['KP'] },
    bot_policy: 'flag',
    unique_window_hours: 48,
    trafficback_destination_id: ids.trafficback,
    fallback_destination_id: ids.overflow,
    streams: [
      {
        ...equal,
        name: VIPS,
        rules: {
          all: [
            condition('country', 'in', 'DE', 'AT'),
            {
              any: [
                condition('device_type', 'in', 'mobile', 'tablet'),
                condition('sub1', 'starts_with', 'vip'),
                { not: { all: [condition('os', 'in', 'Windows', 'macOS')] } },
              ],
            },
            { not: condition('browser', 'in', 'Opera') },
          ],
        },
        strategy: 'weighted',
        targets: [
          { destination_id: ids.main, weight: main },
          { destination_id: ids.second, weight: second },
          { destination_id: ids.third, weight: third },
        ],
        sticky: 'sub3',
        unique_policy: {
          user_key: 'sub2',
          history_window_hours: 168,
          exhausted_mode: 'no_destination',
        },
      },
      {
        ...equal,
        name: DESKTOPS,
        rules: {
          any: [condition('device_type', 'in', 'desktop'), condition('query.zone', 'eq', '7')],
        },
        strategy: 'waterfall',
        targets: [
          { destination_id: ids.closed, weight: 100 },
          { destination_id: ids.capped, weight: 100 },
        ],
      },
      {
        ...equal,
        name: OTHERS,
        kind: 'default',
        rules: { all: [] },
        strategy: 'best_roi',
        targets: [
          { destination_id: ids.main, weight: 100 },
          { destination_id: ids.second, weight: 0 },
        ],
        best_roi: {
          window_hours: 72,
          min_clicks: 50,
          fallback_strategy: 'round_robin',
          exploration_percent: 5,
        },
      },
    ],
  };
}

test('a campaign that every editor had a part in is saved as it was built', async () => {
  const { id, ids, names, opens } = built;
  const saved = await readCampaign(id);
  expect(saved).toMatchObject(expectedCampaign(built));
  expect(saved.streams.map(({ position }) => position)).toEqual([0, 1, 2]);
  const source = z.object({ name: z.string() });
  expect(source.parse(await asOwner('GET', `/api/traffic-sources/${String(saved.source_id)}`)).name).toBe(
    built.source,
  );
  const kept = { status: 'active', redirect: 'http_302', geo: { allow: [], block: [] }, device_types: [] };
  expect(await asOwner('GET', `/api/destinations/${ids.closed}`)).toMatchObject({
    ...kept,
    name: names.closed,
    url: urlOf(names.closed),
    schedule: { timezone: 'UTC', windows: opens },
    caps: [],
    health_check: { enabled: false },
  });
  expect(await asOwner('GET', `/api/destinations/${ids.capped}`)).toMatchObject({
    ...kept,
    name: names.capped,
    url: urlOf(names.capped),
    schedule: null,
    caps: [
      {
        metric: 'clicks',
        limit: '500',
        window_hours: 12,
        calendar_timezone: null,
        redirect_destination_id: ids.overflow,
      },
      {
        metric: 'revenue',
        limit: '1250.75',
        window_hours: null,
        calendar_timezone: 'UTC',
        redirect_destination_id: null,
      },
    ],
    health_check: { enabled: false },
  });

  const context = await signedIn(browser);
  const page = await context.newPage();
  const faults = new Faults(page);
  await openCampaign(page, id);
  await page.getByText('Country is one of DE, AT and (Device type').first().waitFor();
  await settled(page);
  await expectNoAxeViolations(page);
  // What was only looked at is not changed.
  expect(await page.getByText('Unsaved changes').count()).toBe(0);
  faults.expectNone();
  await context.close();
});

async function simulate(page: Page, preset: string): Promise<Locator> {
  const beside = panel(page, 'Simulate a click');
  const answered = page.waitForResponse((response) => response.url().endsWith('/simulate'));
  await button(beside, preset).click();
  await answered;
  return beside.getByRole('status', { name: 'The decision' });
}

test('a simulated click is explained step by step', async () => {
  const { id, name, names } = built;
  const context = await signedIn(browser);
  const page = await context.newPage();
  await openCampaign(page, id);
  await button(page, 'Simulate a click').click();

  const german = await simulate(page, 'iPhone in Germany');
  const taken = german.getByText('Takes the click', { exact: true });
  await taken.waitFor();
  const [first, second] = [german.getByText(`1. ${VIPS}`), german.getByText(`2. ${DESKTOPS}`)];
  expect(await first.isVisible()).toBe(true);
  expect(await second.isVisible()).toBe(true);
  expect(await german.getByText('Not asked: an earlier one took it').count()).toBe(2);
  const link = await german.getByRole('link').first().getAttribute('href');
  const url = new URL(link ?? '');
  // The draw of a half is in the share of the second: what the first has ends there.
  expect(url.host).toBe(`${names.second}.example`);
  expect(url.searchParams.get('geo')).toBe('DE');
  expect(url.searchParams.get('by')).toBe(name);

  const american = await simulate(page, 'Windows in the US');
  await american.getByText('Wants: Country is one of DE, AT. Here country is US').waitFor();
  await american.getByText('Takes the click', { exact: true }).waitFor();
  await american.getByText(`${names.closed}: schedule closed`).waitFor();
  await american.getByText(`${names.capped}: chosen`).waitFor();
  await settled(page);
  await expectNoAxeViolations(page);
  await context.close();
});

/** What stands in a row under the title of a column. */
async function cell(table: Locator, row: Locator, title: string): Promise<string> {
  const titles = await table.getByRole('columnheader').allTextContents();
  const at = titles.findIndex((each) => each.trim() === title);
  const cells = row.getByRole('gridcell').or(row.getByRole('cell')).or(row.getByRole('rowheader'));
  return (await cells.nth(at).textContent()) ?? '';
}

/** The campaign's row of the report, looked at until its figures are these. */
async function reported(page: Page, name: string, figures: Record<string, string>): Promise<void> {
  await page.goto('/reports');
  const table = page.getByRole('grid', { name: 'Report' });
  const row = table.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
  let shown: Record<string, string> = {};
  await until(
    `the report has ${JSON.stringify(figures)}`,
    async () => {
      await button(page, 'Refresh').click();
      await settled(page);
      if ((await row.count()) === 0) return false;
      const found = Object.keys(figures).map(async (title) => [title, await cell(table, row, title)]);
      shown = z.record(z.string(), z.string()).parse(Object.fromEntries(await Promise.all(found)));
      return JSON.stringify(shown) === JSON.stringify(figures);
    },
    20_000,
  ).catch((error: unknown) => {
    expect(shown).toEqual(figures);
    throw error;
  });
}

test('a click is in the live log at once, and its conversion in the report to the cent', async () => {
  const { id, name, names, network } = built;
  await untilNodesKnow();

  const context = await signedIn(browser);
  const page = await context.newPage();
  const faults = new Faults(page);
  await page.goto('/clicks?live=true');
  await page.getByRole('status').getByText('Live', { exact: true }).waitFor();

  const sent = { sub1: 'vip 7&x=1', clickid: 'from-the-source', cost: '0.25' };
  const vip = await clickOnce(name, sent, visitors.germanWindows);
  expect([names.main, names.second, names.third].map((each) => `${each}.example`)).toContain(vip.host);
  expect(Object.fromEntries(vip.searchParams)).toEqual({
    cid: expect.stringMatching(/^[\w-]{10,32}$/) as unknown,
    geo: 'DE',
    s: sent.sub1,
    ext: sent.clickid,
    by: name,
    x: 'none',
  });
  const desktop = await clickOnce(name, { cost: '0.50' }, visitors.americanWindows);
  expect(desktop.host).toBe(`${names.capped}.example`);
  const other = await clickOnce(name, { cost: '0.13' }, visitors.americanPhone);
  expect(other.host).toBe(`${names.main}.example`);

  // No reload: they come by themselves.
  const live = page.getByRole('table', { name: 'live clicks' });
  const rows = live.getByRole('row').filter({ hasText: name });
  await rows.nth(2).waitFor();
  const vipRow = rows.filter({ hasText: VIPS });
  expect(await rows.count()).toBe(3);
  expect(await cell(live, vipRow, 'Decision')).toBe('Routed');
  expect(`${await cell(live, vipRow, 'Destination')}.example`).toBe(vip.host);
  expect(await cell(live, vipRow, 'Geo')).toContain('DE');
  expect(await cell(live, vipRow, 'Cost')).toBe('$0.25');
  expect(await rows.filter({ hasText: DESKTOPS }).count()).toBe(1);
  expect(await rows.filter({ hasText: OTHERS }).count()).toBe(1);
  await reported(page, name, { Clicks: '3', Conversions: '0', Revenue: '$0.00', Cost: '$0.88' });

  const clickId = vip.searchParams.get('cid') ?? '';
  const transaction = unique('tx');
  const paid = {
    click_id: clickId,
    txid: transaction,
    payout: '1234.56',
    currency: 'USD',
    status: 'approved',
  };
  expect(await postback(paid, network, '')).toContain('accepted');
  // Said twice, it counts once.
  expect(await postback(paid, network, '')).toContain('duplicate');
  const conversions = page.getByRole('table', { name: 'conversions' });
  const conversion = conversions.getByRole('row').filter({ hasText: transaction });
  await page.goto('/conversions');
  await until('the conversion is in the list', async () => {
    await page.reload();
    await settled(page);
    return (await conversion.filter({ hasText: 'To its click' }).count()) === 1;
  });
  expect(await cell(conversions, conversion, 'Payout')).toBe('$1,234.56');
  expect(await cell(conversions, conversion, 'Status')).toBe('Sale');
  expect(await cell(conversions, conversion, 'Campaign')).toBe(name);
  expect(await cell(conversions, conversion, 'Network')).toBe(network);
  await reported(page, name, {
    Clicks: '3',
    Conversions: '1',
    Revenue: '$1,234.56',
    Cost: '$0.88',
    Profit: '$1,233.68',
  });

  // The cap's usage, where the campaign's editor shows the destination.
  await openCampaign(page, id);
  await page.getByRole('main').getByRole('button').filter({ hasText: names.capped }).first().click();
  await panel(page, 'Destination').getByText('Clicks in the last 12 h: 1 of 500').waitFor();
  faults.expectNone();
  await context.close();
});
