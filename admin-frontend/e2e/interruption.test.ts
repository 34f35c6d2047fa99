/** What goes wrong in the middle of work, and what is left of the work. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asOwner, call, member, stack, unique } from './api';
import { expectNoAxeViolations } from './axe';
import { launch } from './browser';
import { codeAfter, enterCode, signedIn } from './session';
import { until } from './until';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** The token that the UI itself has, to end it behind its back. */
async function tokenOf(context: BrowserContext): Promise<string> {
  const entries = (await context.storageState()).origins.flatMap((origin) => origin.localStorage);
  const token = entries
    .map(({ value }) => /"token":"([^"]+)"/.exec(value)?.[1])
    .find((found) => found !== undefined);
  if (token === undefined) throw new Error('the UI keeps no token');
  return token;
}

async function halfFilledForm(page: Page, name: string): Promise<void> {
  await page.goto('/sources/new');
  await page.getByRole('main').getByRole('button').filter({ hasText: 'Start from nothing' }).click();
  await page.getByRole('textbox', { name: 'Name', exact: true }).first().fill(name);
}

test('a session that ends keeps a half-filled form, and the form can be saved after a new code', async () => {
  const name = unique('kept');
  const context = await signedIn(browser, await member('manager'));
  const page = await context.newPage();
  await halfFilledForm(page, name);
  await call(await tokenOf(context), 'POST', '/api/auth/logout');
  await page.getByRole('button', { name: /^(Create|Save)/ }).click();

  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await dialog.waitFor();
  await expectNoAxeViolations(page);
  await enterCode(page, await codeAfter(page, () => page.keyboard.press('Enter')));
  await dialog.waitFor({ state: 'hidden' });
  // What was on its way when the session ended goes on by itself.
  await until('the source is saved', async () => {
    const found = await asOwner('GET', `/api/traffic-sources?q=${name}`);
    return JSON.stringify(found).includes(name);
  });
  await context.close();
});

test('without the server the page says so, keeps what it shows, and goes on by itself when it is back', async () => {
  const context = await signedIn(browser);
  const page = await context.newPage();
  await page.goto('/sources');
  const row = page.getByRole('link', { name: /push/i }).first();
  await row.waitFor();
  await context.setOffline(true);
  const banner = page.getByRole('status').getByText('The server cannot be reached');
  await banner.waitFor();
  expect(await row.isVisible()).toBe(true);
  await expectNoAxeViolations(page);
  await context.setOffline(false);
  await banner.waitFor({ state: 'hidden' });
  const name = unique('after');
  await asOwner('POST', '/api/traffic-sources', { name, slug: name });
  await page.reload();
  await page.getByText(name).first().waitFor();
  expect(page.url()).toContain(stack.api);
  await context.close();
});
