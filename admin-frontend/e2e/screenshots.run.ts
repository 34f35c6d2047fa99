/**
 * `make screenshots`: every page in light and dark on a wide screen and on a phone, and scenes from the middle of work,
 * into screenshots/. ONLY=<regular expression> takes those pictures alone whose names match it, and leaves the others.
 */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { desktop, Faults, launch, phone, settled } from './browser';
import { pages } from './pages';
import { scenes } from './scenes';
import { browserOf, signedIn } from './session';
import { buildShowcase, type Showcase } from './showcase/showcase';

const folder = path.resolve(import.meta.dirname, '../screenshots');
const only = process.env.ONLY ? new RegExp(process.env.ONLY) : undefined;
const forms = [
  { name: 'light-1440', viewport: desktop, colorScheme: 'light' },
  { name: 'light-390', viewport: phone, colorScheme: 'light' },
  { name: 'dark-1440', viewport: desktop, colorScheme: 'dark' },
  { name: 'dark-390', viewport: phone, colorScheme: 'dark' },
] as const;
const showcaseLimitMs = 300_000;

const isWanted = ({ name }: { name: string }) => only === undefined || only.test(name);
const wantedPages = pages.filter(isWanted);
const wantedScenes = scenes.filter(isWanted);

let browser: Browser;
let show: Showcase | undefined;

beforeAll(async () => {
  if (only === undefined) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  browser = await launch();
  if (wantedScenes.length > 0) show = await buildShowcase();
}, showcaseLimitMs);
afterAll(async () => {
  show?.end();
  await browser.close();
});

interface Shot {
  name: string;
  form: string;
  address: string;
  act?: (page: Page) => Promise<void>;
}

async function shoot(context: BrowserContext, { name, form, address, act }: Shot): Promise<void> {
  const page = await context.newPage();
  const faults = new Faults(page);
  try {
    await page.goto(address);
    await settled(page);
    if (act) {
      await act(page);
      await settled(page);
    }
    // What is wider than the screen scrolls the whole page sideways: never meant.
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(overflow, `${name} at ${form}: pixels beyond the screen`).toBeLessThanOrEqual(0);
    faults.expectNone();
  } catch (error) {
    // The picture shows more of what is wrong than the message, and the other pages are wanted, too.
    expect.soft(error, `${name} at ${form}`).toBeUndefined();
  }
  // As high as the page, not scrolled through: what sticks to the window's edge is then where the page ends.
  const { width, height } = page.viewportSize() ?? desktop;
  const full = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.max(height, full) });
  await settled(page).catch(() => undefined);
  await page.screenshot({ path: path.join(folder, `${name}.${form}.png`) });
  await page.close();
}

test.each(forms)('$name', async ({ name: form, viewport, colorScheme }) => {
  const options = { viewport, colorScheme };
  const contexts = new Map<string, BrowserContext>();
  /** Of somebody, for all their pages: what is loaded once is not loaded again. */
  async function of(who: string, open: () => Promise<BrowserContext>): Promise<BrowserContext> {
    const context = contexts.get(who) ?? (await open());
    contexts.set(who, context);
    return context;
  }
  for (const { name, path: address, audience = 'admin' } of wantedPages) {
    const context = await of(audience, () => browserOf(browser, audience, options));
    await shoot(context, { name, form, address: await address() });
  }
  for (const { name, actor, path: address, act } of wantedScenes) {
    if (!show) throw new Error('the showcase is missing');
    const email = show[actor];
    const context = await of(email, () => signedIn(browser, email, options));
    await shoot(context, { name, form, address: address(show), act });
  }
  for (const context of contexts.values()) await context.close();
});
