/** The order of streams, in each of the ways that the editor offers. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { campaignOf, namesOf, readCampaign } from './campaigns';
import { button, saved, turnTo } from './fields';
import { launch } from './browser';
import { openCampaign, openStream, panel } from './flow';
import { signedIn } from './session';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const STREAMS = ['Alpha', 'Beta', 'Gamma'];

async function editorOf(id: string): Promise<Page> {
  const context = await signedIn(browser);
  const page = await context.newPage();
  await openCampaign(page, id);
  return page;
}

/** Presses on the middle of one, and lets go past the middle of the other. */
async function drag(from: Locator, to: Locator, past: 'above' | 'below'): Promise<void> {
  const mouse = from.page().mouse;
  const [start, end] = [await from.boundingBox(), await to.boundingBox()];
  if (!start || !end) throw new Error('nothing to drag');
  const x = start.x + start.width / 2;
  await mouse.move(x, start.y + start.height / 2);
  await mouse.down();
  await mouse.move(x, past === 'above' ? end.y + 2 : end.y + end.height - 2, { steps: 2 });
  await mouse.up();
}

async function expectOrder(page: Page, id: string, order: string[]): Promise<void> {
  await saved(page);
  expect(namesOf(await readCampaign(id))).toEqual(order);
  await page.context().close();
}

test('streams change places by arrow keys and by dragging in the list', async () => {
  const { id } = await campaignOf(...STREAMS);
  const page = await editorOf(id);
  await turnTo(page, 'How the flow is shown', 'List');
  const list = page.getByRole('list', { name: 'Streams in their order' });
  const handle = (name: string, at: number) => button(list, `Move stream ${name}, number ${at} of 3`);
  await handle('Gamma', 3).press('ArrowUp');
  await page.getByRole('status').getByText('stream Gamma is now number 2 of 3').waitFor();
  // The focus stays on what was moved.
  await page.keyboard.press('ArrowUp');
  await handle('Gamma', 1).waitFor();
  const items = list
    .getByRole('listitem')
    .filter({ has: page.getByRole('button', { name: /^Move stream/ }) });
  await drag(handle('Alpha', 2), items.nth(2), 'below');
  await handle('Alpha', 3).waitFor();
  await expectOrder(page, id, ['Gamma', 'Beta', 'Alpha']);
});

test('streams change places by dragging in the picture and by the buttons of the panel', async () => {
  const { id } = await campaignOf(...STREAMS);
  const page = await editorOf(id);
  const boxes = page.getByRole('main').getByRole('button', { name: /^Number \d/ });
  const grips = page.getByTitle('Drag to change the order');
  await drag(grips.nth(0), boxes.nth(2), 'below');
  await boxes
    .filter({ hasText: 'Alpha' })
    .and(page.getByRole('button', { name: /^Number 3/ }))
    .waitFor();
  await openStream(page, 'Gamma');
  await button(panel(page), 'Earlier').click();
  await panel(page, 'Stream 1: Gamma').waitFor();
  await button(panel(page), 'Later').click();
  await panel(page, 'Stream 2: Gamma').waitFor();
  await expectOrder(page, id, ['Beta', 'Gamma', 'Alpha']);
});
