/**
 * `make ui-vitals`: what a visit costs in Chromium with an empty cache, and how a report of 50,000 rows scrolls.
 * ONLY=<regular expression> visits those pages alone whose names match it.
 */
import { get } from 'node:http';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { asOwner, stack } from './api';
import { desktop, launch, settled } from './browser';
import { framesPerSecond } from './frames';
import { pages, type TestPage } from './pages';
import { browserOf, signedIn } from './session';
import { clickOnce } from './traffic';
import { until } from './until';

/** Of script, gzip, for what people see first: all that was asked for until the page's largest part was painted. */
const limitBytes = 250 * 1024;
const limited = ['sign-in', 'dashboard'];
const longRows = 50_000;
const minFramesPerSecond = 50;
const clicksAtOnce = 32;
const only = process.env.ONLY ? new RegExp(process.env.ONLY) : undefined;
/** For all of them, and until reports have them. */
const fillLimitMs = 300_000;

declare global {
  interface Window {
    vitals: { lcpMs: number; cls: number };
  }
}

interface Visit {
  page: string;
  lcpMs: number;
  cls: number;
  scripts: number;
  sentKb: number;
  /** Until the largest paint, and of what comes after it by itself, such as a chart. */
  gzipKb: number;
  laterGzipKb: number;
}

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** In the page, before anything of it. */
function observe(): void {
  window.vitals = { lcpMs: 0, cls: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.vitals.lcpMs = entry.startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if ('value' in entry && typeof entry.value === 'number') window.vitals.cls += entry.value;
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

/** What the service itself sends for a script to a client that knows gzip alone. */
function gzipBytes(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'Accept-Encoding': 'gzip' } }, (answer) => {
      let bytes = 0;
      answer.on('data', (part: Buffer) => (bytes += part.length));
      answer.on('end', () => resolve(bytes));
    }).on('error', reject);
  });
}

async function visit(context: BrowserContext, one: TestPage): Promise<Visit> {
  const page = await context.newPage();
  await page.addInitScript(observe);
  const wire = await context.newCDPSession(page);
  await wire.send('Network.enable');
  await wire.send('Network.setCacheDisabled', { cacheDisabled: true });
  const scripts = new Map<string, string>();
  let sentBytes = 0;
  wire.on('Network.responseReceived', ({ requestId, response }) => {
    if (response.url.split('?')[0]?.endsWith('.js')) scripts.set(requestId, response.url);
  });
  wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) sentBytes += encodedDataLength;
  });
  await page.goto(await one.path());
  await settled(page);
  const { lcpMs, cls } = await page.evaluate(() => window.vitals);
  const startedMs = new Map(
    await page.evaluate(() =>
      performance.getEntriesByType('resource').map((entry) => [entry.name, entry.startTime] as const),
    ),
  );
  await page.close();
  const urls = [...new Set(scripts.values())];
  const isFirst = (url: string) => (startedMs.get(url) ?? 0) <= lcpMs;
  const kb = async (some: string[]) => {
    const gzip = await Promise.all(some.map(gzipBytes));
    return Math.round(gzip.reduce((sum, bytes) => sum + bytes, 0) / 1024);
  };
  return {
    page: one.name,
    lcpMs: Math.round(lcpMs),
    cls: Math.round(cls * 1000) / 1000,
    scripts: urls.length,
    sentKb: Math.round(sentBytes / 1024),
    gzipKb: await kb(urls.filter(isFirst)),
    laterGzipKb: await kb(urls.filter((url) => !isFirst(url))),
  };
}

test('what a visit costs', async () => {
  const visits: Visit[] = [];
  for (const one of pages.filter(({ name }) => only?.test(name) ?? true)) {
    const context = await browserOf(browser, one.audience);
    visits.push(await visit(context, one));
    await context.close();
  }
  console.table(visits);
  for (const { page, gzipKb } of visits.filter((one) => limited.includes(one.page))) {
    expect.soft(gzipKb, `${page}: no script at all`).toBeGreaterThan(0);
    expect.soft(gzipKb * 1024, `${page}: bytes of script, gzip`).toBeLessThanOrEqual(limitBytes);
  }
});

const counted = z.object({ total: z.number() });

/** A click for each row of the report. */
async function fillLongReport(): Promise<void> {
  const [slug] = stack.campaigns;
  if (slug === undefined) throw new Error('the stack has no campaign');
  let next = 0;
  const clicker = async () => {
    while (next < longRows) {
      next += 1;
      await clickOnce(slug, { sub1: `creative ${next}` });
    }
  };
  await Promise.all(Array.from({ length: clicksAtOnce }, clicker));
  const report = '/api/reports/grouped?period=today&group_by=sub1&limit=1';
  const isThere = async () => counted.parse(await asOwner('GET', report)).total >= longRows;
  await until('the report has all rows', isThere, fillLimitMs);
}

test('a report of 50,000 rows scrolls', async () => {
  await fillLongReport();
  const context = await signedIn(browser, undefined, { viewport: desktop, reducedMotion: 'no-preference' });
  const page: Page = await context.newPage();
  await page.goto('/reports?by=sub1&period=today');
  await settled(page);
  // Rows beyond the first page are streamed: the table says how many it has.
  const rowCount = async () => Number(await page.getByRole('grid').getAttribute('aria-rowcount'));
  await until('the table has all rows', async () => (await rowCount()) >= longRows, fillLimitMs);
  const perSecond = await framesPerSecond(browser, page);
  console.log(`a report of ${await rowCount()} rows: ${perSecond.toFixed(1)} frames a second`);
  expect(perSecond).toBeGreaterThanOrEqual(minFramesPerSecond);
});
