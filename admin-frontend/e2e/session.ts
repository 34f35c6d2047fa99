/** Signing in, as people do it. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { z } from 'zod';
import { stack, unique } from './api';
import { visitor } from './browser';
import type { Audience } from './pages';
import { until } from './until';

type State = Awaited<ReturnType<BrowserContext['storageState']>>;
type Options = Parameters<typeof visitor>[1];

const requested = z.object({ otp: z.string() });

/** Fills in the address, and the code that a local installation answers with. Ends where the UI leads. */
export async function signIn(page: Page, email: string): Promise<void> {
  await page.goto('/sign-in');
  const code = await askForCode(page, email);
  await enterCode(page, code);
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}

export async function askForCode(page: Page, email: string): Promise<string> {
  await page.getByLabel(/e-?mail/i).fill(email);
  return codeAfter(page, () => page.keyboard.press('Enter'));
}

/** The code in the answer to the UI's own request. */
export async function codeAfter(page: Page, ask: () => Promise<void>): Promise<string> {
  const answered = page.waitForResponse((response) => response.url().endsWith('/api/auth/request-otp'));
  await ask();
  return requested.parse(await (await answered).json()).otp;
}

/** Typed as digits, wherever the UI has put the cursor. */
export async function enterCode(page: Page, code: string): Promise<void> {
  await page.locator('input[autocomplete="one-time-code"], input[inputmode="numeric"]').first().focus();
  await page.keyboard.type(code);
}

const states = new Map<string, State>();

/** A browser of somebody who is signed in. The way through the UI is gone once for each address. */
export async function signedIn(
  browser: Browser,
  email = stack.adminEmail,
  options: Options = {},
): Promise<BrowserContext> {
  let storageState = states.get(email);
  if (storageState === undefined) {
    const first = await visitor(browser);
    const page = await first.newPage();
    await signIn(page, email);
    await until('the session is kept', async () => (await first.storageState()).origins.length > 0);
    storageState = await first.storageState();
    states.set(email, storageState);
    await first.close();
  }
  return visitor(browser, { ...options, storageState });
}

const newcomer = `${unique('newcomer')}@example.com`;

/** A browser of whoever a page is for. */
export function browserOf(
  browser: Browser,
  audience: Audience = 'admin',
  options: Options = {},
): Promise<BrowserContext> {
  if (audience === 'nobody') return visitor(browser, options);
  return signedIn(browser, audience === 'newcomer' ? newcomer : stack.adminEmail, options);
}
