/** What a buyer does in a report: asks what it would be without some rows, keeps it, hands it on, and acts on a row. */
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { asOwner, unique } from './api';
import { expectNoAxeViolations } from './axe';
import { launch } from './browser';
import { campaignOf, readCampaign, type StoredCampaign } from './campaigns';
import { button, fill } from './fields';
import { signedIn } from './session';
import { clickOnce, postback, untilNodesKnow, visitors } from './traffic';
import { until } from './until';

const figures = z.object({ totals: z.object({ clicks: z.number(), sales: z.number() }) });
const withStatus = z.object({ status: z.string() });
const botLists = z.object({ bots: z.object({ ips: z.array(z.string()) }) });

let browser: Browser;
let context: BrowserContext;
let campaign: StoredCampaign;

/** Two clicks of one creative, that sold for 3, and one of another; 0.50 each. */
beforeAll(async () => {
  browser = await launch();
  campaign = await campaignOf('Everyone');
  await untilNodesKnow();
  const click = (sub1: string) => clickOnce(campaign.slug, { sub1, cost: '0.5' }, visitors.germanWindows);
  const sold = await click('good');
  await click('good');
  await click('bad');
  const clickId = sold.searchParams.get('cid') ?? '';
  await postback({ click_id: clickId, tid: unique('sale'), payout: '3', status: 'approved' });
  await until('all of it is in the report', async () => {
    const { totals } = figures.parse(
      await asOwner('GET', `/api/reports/grouped?period=today&group_by=sub1&campaign=${campaign.id}`),
    );
    return totals.clicks === 3 && totals.sales === 1;
  });
  context = await signedIn(browser);
});
afterAll(() => browser.close());

const only = () => encodeURIComponent(JSON.stringify([['campaign', 'eq', campaign.id]]));
const within = () => encodeURIComponent(JSON.stringify([campaign.id]));

/** Names of the rows that are shown, without the totals. */
const rowsOf = (page: Page) => page.locator('[data-row]').getByRole('rowheader').allTextContents();
const actionsOf = (page: Page, row: string) => page.getByRole('button', { name: `Actions for ${row}` });

async function openReport(search: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`/reports?period=today&${search}`);
  await page.getByRole('checkbox', { name: 'Select all rows' }).waitFor();
  return page;
}

async function act(page: Page, row: string, action: string): Promise<void> {
  await actionsOf(page, row).click();
  await page.getByRole('menuitem', { name: action }).click();
}

/** In the message that says what was done. */
async function undo(page: Page, message: string): Promise<void> {
  await button(page.getByRole('alert').filter({ hasText: message }), 'Undo').click();
}

test('the rows that are chosen say what would be left without them, and the address holds the rest', async () => {
  const page = await openReport(`by=sub1&f=${only()}`);
  expect(await rowsOf(page)).toEqual(['good', 'bad']);
  await page.getByRole('checkbox', { name: 'Select bad' }).click();
  const chosen = page.getByRole('region', { name: 'Selected rows' });
  expect(await chosen.getByRole('status').textContent()).toBe('ROI without it 200.00%, instead of 100.00%');
  await expectNoAxeViolations(page);
  await button(chosen, 'Without these').click();
  await until('one row is left', async () => (await rowsOf(page)).join() === 'good');

  const other = await context.newPage();
  await other.goto(page.url());
  await until('another page shows the same', async () => (await rowsOf(other)).join() === 'good');
  const total = other.getByRole('row').filter({ hasText: /^Total/ });
  expect(await total.textContent()).toContain('200.00%');
  await other.close();
  await page.close();
});

test('a report is saved under a name, opened again and taken as a file', async () => {
  const page = await openReport(`by=sub1&f=${only()}`);
  const name = unique('view');
  await button(page, 'Saved views').click();
  await button(page, 'Save this report…').click();
  const dialog = page.getByRole('dialog', { name: 'Save this report' });
  await fill(dialog, 'Name', name);
  await button(dialog, 'Save').click();
  await dialog.waitFor({ state: 'hidden' });

  await page.goto('/reports');
  await button(page, 'Saved views').click();
  await button(page, name).click();
  await until('its rows are shown', async () => (await rowsOf(page)).join() === 'good,bad');

  const downloading = page.waitForEvent('download');
  await button(page, 'CSV').click();
  const [head, ...lines] = (await readFile(await (await downloading).path(), 'utf8')).trim().split(/\r?\n/);
  expect(head).toMatch(/sub/i);
  expect(lines.filter((line) => /^(good|bad),/.test(line)).length).toBe(2);
  await page.close();
});

test('a creative is kept out of a stream from its row, and let in again', async () => {
  const page = await openReport(`by=campaign,sub1&at=${within()}`);
  const before = await readCampaign(campaign.id);
  await act(page, 'bad', 'Keep bad out of streams…');
  const dialog = page.getByRole('dialog', { name: 'Keep “bad” out' });
  await button(dialog, 'Keep it out').click();
  await dialog.waitFor({ state: 'hidden' });
  const [stream] = (await readCampaign(campaign.id)).streams;
  expect(JSON.stringify(stream?.rules)).toContain('"not":{"condition":{"field":"sub1"');
  await untilNodesKnow();
  await expect(clickOnce(campaign.slug, { sub1: 'bad' }, visitors.germanWindows)).rejects.toThrow();
  await clickOnce(campaign.slug, { sub1: 'good' }, visitors.germanWindows);

  await undo(page, '“bad” is kept out of 1 stream');
  await until('the rules are what they were', async () => {
    const [after] = (await readCampaign(campaign.id)).streams;
    return JSON.stringify(after?.rules) === JSON.stringify(before.streams[0]?.rules);
  });
  await page.close();
});

test('a destination is paused from its row, and a network is put on the list of bots', async () => {
  const page = await openReport(`by=destination&f=${only()}`);
  const [name = ''] = await rowsOf(page);
  const id = campaign.streams[0]?.targets[0]?.destination_id ?? '';
  const status = async () => withStatus.parse(await asOwner('GET', `/api/destinations/${id}`)).status;
  await act(page, name, `Pause “${name}”`);
  await until('it is paused', async () => (await status()) === 'paused');
  await undo(page, `“${name}” is paused`);
  await until('it is active again', async () => (await status()) === 'active');

  await page.goto(`/reports?period=today&by=ip_prefix&f=${only()}`);
  const networks = async () => botLists.parse(await asOwner('GET', '/api/bot-lists')).bots.ips;
  const known = await networks();
  await actionsOf(page, '').first().click();
  await page.getByRole('menuitem', { name: /^Treat .* as a bot$/ }).click();
  await until('it is on the list', async () => (await networks()).length === known.length + 1);
  await undo(page, 'clicks from there are bots from now on');
  await until('the list is what it was', async () => (await networks()).join() === known.join());
  await page.close();
});
