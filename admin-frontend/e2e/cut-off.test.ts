/** The network goes in the middle of a save that takes several requests. Nothing is lost, and nothing is doubled. */
import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unique } from './api';
import { expectNoAxeViolations } from './axe';
import { launch } from './browser';
import { campaignOf, destination, namesOf, readCampaign, type StoredCampaign } from './campaigns';
import { button, fill, find, saved } from './fields';
import { addStream, openCampaign, openStream } from './flow';
import { signedIn } from './session';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

interface Edited {
  page: Page;
  before: StoredCampaign;
  title: string;
}

/** Unsaved: another name, a stream renamed, and two that are new. Four writes. */
async function edited(): Promise<Edited> {
  const [before, other, title] = [await campaignOf('Alpha', 'Beta'), await destination(), unique('title')];
  const page = await (await signedIn(browser)).newPage();
  await openCampaign(page, before.id);
  await fill(await openStream(page, 'Beta'), 'Name', 'Beta two');
  for (const name of ['Gamma', 'Delta']) {
    const stream = await addStream(page, name);
    await button(stream, 'Add a destination').click();
    await find(stream, 'destination 1', other.name);
  }
  await page.getByRole('tab', { name: 'Settings' }).click();
  await fill(page, 'Name', title);
  return { page, before, title };
}

/** Of the writes that a save is made of, that one meets its fate; all others go through. */
async function interrupt(page: Page, at: number, fate: (route: Route) => Promise<void>): Promise<void> {
  let writes = 0;
  await page.route(/\/api\/(campaigns|streams)\b/, async (route) => {
    if (!['POST', 'PUT', 'DELETE'].includes(route.request().method())) return route.fallback();
    writes += 1;
    return writes === at ? fate(route) : route.fallback();
  });
}

async function expectNotSaved(page: Page): Promise<void> {
  await button(page, 'Save').click();
  await page.getByRole('alert').filter({ hasText: 'The server cannot be reached' }).waitFor();
  expect(await page.getByText('Unsaved changes').isVisible()).toBe(true);
}

/** Everything is there once, and what was there before is still the same stream. */
async function expectSavedOnce({ page, before, title }: Edited): Promise<void> {
  const after = await readCampaign(before.id);
  expect(after.name).toBe(title);
  expect(namesOf(after)).toEqual(['Alpha', 'Beta two', 'Gamma', 'Delta']);
  expect(after.streams.slice(0, 2).map(({ id }) => id)).toEqual(before.streams.map(({ id }) => id));
  // Written once each: nothing was sent again that had arrived.
  expect(after.revision).toBe(before.revision + 1);
  expect(after.streams.map(({ revision }) => revision)).toEqual([1, 2, 1, 1]);
  await page.reload();
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  await page.getByRole('tab', { name: 'Flow' }).click();
  const streams = page.getByRole('main').getByRole('button', { name: /^Number \d/ });
  await streams.nth(after.streams.length - 1).waitFor();
  const shown = await streams.allTextContents();
  expect(shown.map((text) => text.replace(/^\d+/, '').split('Every click')[0])).toEqual(namesOf(after));
  await page.context().close();
}

test('offline in the middle of a save: the page says so, keeps the rest, and saves it when it is back', async () => {
  const work = await edited();
  const { page, before, title } = work;
  await interrupt(page, 3, async (route) => {
    await page.context().setOffline(true);
    await route.abort('internetdisconnected');
  });
  await expectNotSaved(page);
  await page.getByRole('status').getByText('The server cannot be reached').waitFor();
  const half = await readCampaign(before.id);
  expect(half.name).toBe(title);
  expect(namesOf(half)).toEqual(['Alpha', 'Beta two']);
  await expectNoAxeViolations(page);
  // Still away: another try changes nothing.
  await expectNotSaved(page);
  expect(await readCampaign(before.id)).toEqual(half);
  // Nor is what is not saved yet left behind by a slip.
  await page.getByRole('navigation').getByRole('link', { name: 'Destinations' }).click();
  const leave = page.getByRole('dialog', { name: 'Leave without saving?' });
  await button(leave, 'Stay').click();
  await leave.waitFor({ state: 'hidden' });

  await page.context().setOffline(false);
  await page.getByRole('status').getByText('The server cannot be reached').waitFor({ state: 'hidden' });
  await saved(page);
  await expectSavedOnce(work);
});

// Every place of a cut: save-whole.test.ts.
test.each([2])('a save whose write %i does not arrive goes on from there', async (at) => {
  const work = await edited();
  await interrupt(work.page, at, (route) => route.abort('connectionreset'));
  await expectNotSaved(work.page);
  await saved(work.page);
  await expectSavedOnce(work);
});

test.each([1, 2, 3])('a save whose write %i arrives without an answer does not repeat it', async (at) => {
  const work = await edited();
  await interrupt(work.page, at, async (route) => {
    await route.fetch();
    await route.abort('connectionreset');
  });
  await expectNotSaved(work.page);
  await saved(work.page);
  await expectSavedOnce(work);
});
