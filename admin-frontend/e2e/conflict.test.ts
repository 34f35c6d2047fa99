/** Two people in one campaign. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { member, unique } from './api';
import { expectNoAxeViolations } from './axe';
import { launch } from './browser';
import { campaignOf, namesOf, readCampaign } from './campaigns';
import { button, field, fill, saved } from './fields';
import { openCampaign, openStream, panel } from './flow';
import { signedIn } from './session';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function editorOf(id: string, email?: string): Promise<Page> {
  const context = await signedIn(browser, email);
  const page = await context.newPage();
  await openCampaign(page, id);
  return page;
}

async function rename(page: Page, stream: string, name: string): Promise<void> {
  await fill(await openStream(page, stream), 'Name', name);
}

/** The second of them saves what the first has changed meanwhile; ends with the dialog that says so. */
async function meet(): Promise<{ id: string; second: Page; mine: string; theirs: string; title: string }> {
  const campaign = await campaignOf('Alpha', 'Beta');
  const { id } = campaign;
  const [mine, theirs, title] = [unique('mine'), unique('theirs'), unique('title')];
  const [first, second] = [await editorOf(id), await editorOf(id, await member('manager'))];
  await rename(first, 'Beta', theirs);
  await saved(first);
  await first.context().close();

  await rename(second, 'Beta', mine);
  await second.getByRole('tab', { name: 'Settings' }).click();
  await fill(second, 'Name', title);
  await button(second, 'Save').click();
  const dialog = second.getByRole('dialog', { name: 'Somebody else changed this meanwhile' });
  const both = dialog.getByRole('table', { name: 'Both versions' });
  const row = both.getByRole('row', { name: /^“Beta”: name/ });
  await row.waitFor();
  expect(await row.getByRole('cell').allTextContents()).toEqual(['Beta', mine, theirs]);
  expect(await both.getByRole('row', { name: /^Name/ }).getByRole('cell').allTextContents()).toEqual([
    campaign.name,
    title,
    campaign.name,
  ]);
  await expectNoAxeViolations(second);
  // Of what the second changed, nothing is written yet: not even what nobody else has touched.
  const meanwhile = await readCampaign(id);
  expect(meanwhile.name).toBe(campaign.name);
  expect(namesOf(meanwhile)).toEqual(['Alpha', theirs]);
  return { id, second, mine, theirs, title };
}

test('who meets a change of somebody else can keep their own', async () => {
  const { id, second, mine, title } = await meet();
  await button(second, 'Keep mine').click();
  await second.getByRole('dialog').waitFor({ state: 'hidden' });
  await second.getByText('Unsaved changes').waitFor({ state: 'hidden' });
  const kept = await readCampaign(id);
  expect(kept.name).toBe(title);
  expect(namesOf(kept)).toEqual(['Alpha', mine]);
  await second.context().close();
});

test('who meets a change of somebody else can take theirs, and goes on from there', async () => {
  const { id, second, theirs, title } = await meet();
  const before = await readCampaign(id);
  await button(second, 'Take theirs').click();
  await second.getByRole('dialog').waitFor({ state: 'hidden' });
  await second.getByText('Unsaved changes').waitFor({ state: 'hidden' });
  expect(await readCampaign(id)).toEqual(before);
  expect(await field(second, 'Name').inputValue()).toBe(before.name);
  await second.getByRole('tab', { name: 'Flow' }).click();
  expect(await field(panel(second), 'Name').inputValue()).toBe(theirs);

  // No second conflict with what is theirs by now.
  await fill(panel(second), 'Name', title);
  await saved(second);
  expect(namesOf(await readCampaign(id))).toEqual(['Alpha', title]);
  await second.context().close();
});
