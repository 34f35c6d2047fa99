/** `make readme-pictures`: the four pictures of the README into docs/, small, light, of the showcase. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch, settled } from './browser';
import { flatReportPath, simulate, untilShared } from './scenes';
import { signedIn } from './session';
import { buildShowcase, type Showcase } from './showcase/showcase';

const folder = path.resolve(import.meta.dirname, '../docs');
const viewport = { width: 1440, height: 1080 };
/** 1200 pixels wide. */
const scale = 1200 / viewport.width;
const showcaseLimitMs = 300_000;
const mostBytes = 120 * 1024;
const quality = 82;

interface Picture {
  name: string;
  path: (show: Showcase) => string;
  act?: (page: Page) => Promise<void>;
}

const pictures: Picture[] = [
  { name: 'dashboard', path: () => '/?compare=previous_period' },
  { name: 'report', path: () => flatReportPath },
  { name: 'campaign-editor', path: ({ flow }) => `/campaigns/${flow.id}`, act: untilShared },
  { name: 'simulate', path: ({ flow }) => `/campaigns/${flow.id}`, act: simulate },
];

let browser: Browser;
let show: Showcase;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  browser = await launch();
  show = await buildShowcase();
}, showcaseLimitMs);
afterAll(async () => {
  show.end();
  await browser.close();
});

test.each(pictures)('$name', async ({ name, path: address, act }) => {
  const context = await signedIn(browser, show.owner, { viewport, colorScheme: 'light' });
  const page = await context.newPage();
  await page.goto(address(show));
  await settled(page);
  if (act) {
    await act(page);
    await settled(page);
  }
  // Playwright itself writes no WebP.
  const wire = await context.newCDPSession(page);
  const { data } = await wire.send('Page.captureScreenshot', {
    format: 'webp',
    quality,
    clip: { x: 0, y: 0, ...viewport, scale },
  });
  const picture = Buffer.from(data, 'base64');
  expect(picture.length, `bytes of ${name}`).toBeLessThanOrEqual(mostBytes);
  writeFileSync(path.join(folder, `${name}.webp`), picture);
  await context.close();
});
