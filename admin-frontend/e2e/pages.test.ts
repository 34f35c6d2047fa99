import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeViolations } from './axe';
import { desktop, Faults, launch, phone, settled } from './browser';
import { pages, routes } from './pages';
import { browserOf } from './session';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test('each route of the router has a page here', () => {
  const known = pages.map((page) => page.route).sort();
  expect([...new Set(known)]).toEqual(routes().sort());
});

const forms = [
  { viewport: desktop, colorScheme: 'light' },
  { viewport: phone, colorScheme: 'dark' },
] as const;

test.each(pages)('$name: no violation, no error, nothing beyond the screen', async ({ path, audience }) => {
  const address = await path();
  for (const form of forms) {
    const context = await browserOf(browser, audience, form);
    const page = await context.newPage();
    const faults = new Faults(page);
    await page.goto(address);
    await settled(page);
    const where = `${form.colorScheme} at ${form.viewport.width}`;
    expect.soft(await axeViolations(page), where).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(overflow, `${where}: pixels beyond the screen`).toBeLessThanOrEqual(0);
    faults.expectNone();
    await context.close();
  }
});
