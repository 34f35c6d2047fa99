/** The campaign editor, as people find their way in it. */
import type { Locator, Page } from 'playwright-core';
import { button } from './fields';

export async function openCampaign(page: Page, id: string): Promise<void> {
  await page.goto(`/campaigns/${id}`);
  await box(page, 'What no stream can serve').waitFor();
}

/** A box of the picture, by what is written on it. */
export function box(page: Page, words: string): Locator {
  return page.getByRole('main').getByRole('button').filter({ hasText: words }).first();
}

/** The editor beside the picture, whatever it is about. */
export function panel(page: Page, title: string | RegExp = /./): Locator {
  return page.getByRole('main').getByRole('complementary', { name: title });
}

export async function openStream(page: Page, name: string): Promise<Locator> {
  await box(page, name).click();
  const opened = panel(page, new RegExp(`^Stream \\d+: ${name}$`));
  await opened.waitFor();
  return opened;
}

/** A new stream and its panel. */
export async function addStream(page: Page, name: string): Promise<Locator> {
  await button(page, 'Add a stream').click();
  await panel(page).getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  const opened = panel(page, new RegExp(`^Stream \\d+: ${name}$`));
  await opened.waitFor();
  return opened;
}
