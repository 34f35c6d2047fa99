import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { asOwner, member, stack, unique } from './api';
import { expectNoAxeViolations } from './axe';
import { Faults, launch, visitor } from './browser';
import { askForCode, enterCode, signedIn, signIn } from './session';

let browser: Browser;
let page: Page;
let faults: Faults;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  page = await (await visitor(browser)).newPage();
  faults = new Faults(page);
});
afterEach(async () => {
  faults.expectNone();
  await page.context().close();
});

function shell(of: Page) {
  return of.getByRole('navigation', { name: 'Main' });
}

test('whoever opens a page signs in first and then is on it, by keyboard alone', async () => {
  await page.goto('/sources');
  await page.waitForURL((url) => url.pathname === '/sign-in');
  const code = await askForCode(page, stack.adminEmail);
  // The first digit has the focus already.
  await page.getByLabel('Digit 1 of 6').and(page.locator(':focus')).waitFor();
  await page.keyboard.type(code);
  await page.waitForURL((url) => url.pathname === '/sources');
  await shell(page).waitFor();
});

test('a pasted code is taken, and a reload or another tab needs none', async () => {
  const email = await member('analyst');
  await page.goto('/sign-in');
  const code = await askForCode(page, email);
  await page.getByLabel('Digit 1 of 6').evaluate((input, text) => {
    const data = new DataTransfer();
    data.setData('text', text);
    input.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
    );
  }, code);
  await shell(page).waitFor();
  await page.reload();
  await shell(page).waitFor();
  const tab = await page.context().newPage();
  await tab.goto('/');
  await shell(tab).waitFor();
});

test('a wrong code says so, and the right one still opens', async () => {
  const email = await member('analyst');
  await page.goto('/sign-in');
  const code = await askForCode(page, email);
  const wrong = code === '000000' ? '111111' : '000000';
  await enterCode(page, wrong);
  await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
  await expectNoAxeViolations(page);
  await enterCode(page, code);
  await shell(page).waitFor();
});

test('an address that nobody knows waits until it is approved, and is then let in by itself', async () => {
  const email = `${unique('newcomer')}@example.com`;
  await signIn(page, email);
  await page.getByRole('heading', { name: 'Waiting for approval' }).waitFor();
  await expectNoAxeViolations(page);
  const users = z.object({ items: z.array(z.object({ id: z.string(), email: z.string() })) });
  const { items } = users.parse(await asOwner('GET', `/api/users?q=${encodeURIComponent(email)}`));
  const user = items.find((one) => one.email === email);
  expect(user).toBeDefined();
  await asOwner('POST', `/api/users/${user?.id}/approve`);
  await shell(page).waitFor();
});

test('signing out in one tab signs out the other', async () => {
  const context = await signedIn(browser, await member('analyst'));
  const [first, second] = [await context.newPage(), await context.newPage()];
  for (const tab of [first, second]) {
    await tab.goto('/');
    await shell(tab).waitFor();
  }
  // It is called by what stands on it: the person and their role.
  await first.getByRole('button', { name: /analyst$/i }).click();
  await first.getByRole('menuitem', { name: 'Sign out' }).click();
  for (const tab of [first, second]) await tab.waitForURL((url) => url.pathname === '/sign-in');
  await context.close();
});
