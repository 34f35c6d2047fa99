/** Chromium of the system: Debian's, or whatever CHROMIUM names. */
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { expect } from 'vitest';
import { stack } from './api';

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** How long a page may take for one step. */
const actionLimitMs = 20_000;

export const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

/** A browser of somebody else: no cookies, no storage, times in UTC. */
export async function visitor(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: stack.api,
    viewport: desktop,
    locale: 'en-US',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(actionLimitMs);
  return context;
}

/** What went wrong in a page that nobody sees on it. */
export class Faults {
  private readonly found: string[] = [];

  constructor(page: Page) {
    page.on('pageerror', (error) => this.found.push(String(error)));
    page.on('console', (message) => {
      const text = message.text();
      // What the network refuses is said on the page; what the policy refuses, and React, nowhere else.
      if (message.type() === 'error' && !text.startsWith('Failed to load resource')) this.found.push(text);
    });
  }

  expectNone(): void {
    expect(this.found).toEqual([]);
  }
}

const quietMs = 250;
/** A page that lives, as a ticker does, is never quiet. */
const quietLimitMs = 2000;

/** Until the page has its heading, shows no skeleton any more and has stopped changing. */
export async function settled(page: Page): Promise<void> {
  const isShown = () =>
    document.querySelector('h1') !== null &&
    document.querySelector(
      '[aria-busy="true"], [data-loading="true"], .mantine-Skeleton-root[data-visible]',
    ) === null;
  await page.waitForFunction(isShown);
  await page.evaluate(
    ([quiet, limit]) =>
      new Promise<void>((resolve) => {
        let timer = setTimeout(resolve, quiet);
        const observer = new MutationObserver(() => {
          clearTimeout(timer);
          timer = setTimeout(resolve, quiet);
        });
        observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
        setTimeout(resolve, limit);
      }),
    [quietMs, quietLimitMs] as const,
  );
  await page.waitForFunction(isShown);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}
