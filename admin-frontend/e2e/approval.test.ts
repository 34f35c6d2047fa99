/** Somebody new, and the administrator who lets them in. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { asOwner, unique } from './api';
import { expectNoAxeViolations } from './axe';
import { Faults, launch, visitor } from './browser';
import { button } from './fields';
import { signedIn, signIn } from './session';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test('a newcomer waits until an administrator approves them, and is in without doing anything', async () => {
  const email = `${unique('newcomer')}@example.com`;
  const newcomer = await (await visitor(browser)).newPage();
  const faults = new Faults(newcomer);
  await signIn(newcomer, email);
  await newcomer.getByRole('heading', { name: 'Waiting for approval' }).waitFor();
  // No address leads around it.
  await newcomer.goto('/campaigns');
  await newcomer.getByRole('heading', { name: 'Waiting for approval' }).waitFor();

  const context = await signedIn(browser);
  const admin = await context.newPage();
  await admin.goto('/settings/users');
  await button(admin, `Approve ${email}`).click();
  const dialog = admin.getByRole('dialog', { name: `Approve ${email}` });
  await dialog.getByRole('radio', { name: /^Manager/ }).check();
  await expectNoAxeViolations(admin);
  await button(dialog, 'Approve').click();
  await dialog.waitFor({ state: 'hidden' });
  await button(admin, `Approve ${email}`).waitFor({ state: 'hidden' });

  await newcomer.getByRole('navigation', { name: 'Main' }).waitFor();
  // As a manager: analysts may not make any.
  await newcomer.goto('/campaigns/new');
  await button(newcomer, 'Create campaign').waitFor();
  const users = z.object({
    items: z.array(z.object({ email: z.string(), status: z.string(), role: z.string() })),
  });
  const { items } = users.parse(await asOwner('GET', `/api/users?q=${encodeURIComponent(email)}`));
  expect(items).toEqual([{ email, status: 'active', role: 'manager' }]);
  faults.expectNone();
  await newcomer.context().close();
  await context.close();
});
