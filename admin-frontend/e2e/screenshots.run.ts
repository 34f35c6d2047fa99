/** `make screenshots`: every page in light and dark on a wide screen and on a phone, into screenshots/. */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { desktop, launch, phone, settled } from './browser';
import { pages, type TestPage } from './pages';
import { browserOf } from './session';

const folder = path.resolve(import.meta.dirname, '../screenshots');
const forms = [
  { name: 'light-1440', viewport: desktop, colorScheme: 'light' },
  { name: 'dark-1440', viewport: desktop, colorScheme: 'dark' },
  { name: 'light-390', viewport: phone, colorScheme: 'light' },
  { name: 'dark-390', viewport: phone, colorScheme: 'dark' },
] as const;

let browser: Browser;

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  browser = await launch();
});
afterAll(() => browser.close());

async function shoot(context: BrowserContext, one: TestPage, form: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(await one.path());
  await settled(page);
  // What is wider than the screen scrolls the whole page sideways: never meant.
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  await page.screenshot({ path: path.join(folder, `${one.name}.${form}.png`), fullPage: true });
  await page.close();
  expect.soft(overflow, `${one.name} at ${form}: pixels beyond the screen`).toBeLessThanOrEqual(0);
}

test.each(forms)('$name', async ({ name, viewport, colorScheme }) => {
  for (const one of pages) {
    const context = await browserOf(browser, one.audience, { viewport, colorScheme });
    await shoot(context, one, name);
    await context.close();
  }
});
