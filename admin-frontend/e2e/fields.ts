/** Fields as people use them: found by their label, chosen from by what is written. */
import type { Locator, Page } from 'playwright-core';

export type Scope = Page | Locator;

export function pageOf(scope: Scope): Page {
  return 'page' in scope ? scope.page() : scope;
}

export function field(scope: Scope, label: string): Locator {
  return scope.getByRole('textbox', { name: label, exact: true });
}

export function button(scope: Scope, name: string): Locator {
  return scope.getByRole('button', { name, exact: true });
}

export async function fill(scope: Scope, label: string, text: string): Promise<void> {
  await field(scope, label).fill(text);
}

/** From a list that opens. */
export async function choose(scope: Scope, label: string, option: string): Promise<void> {
  await field(scope, label).click();
  await pageOf(scope).getByRole('option', { name: option, exact: true }).click();
}

/** Several from a list that stays open meanwhile. */
export async function chooseAll(scope: Scope, label: string, ...options: string[]): Promise<void> {
  await field(scope, label).click();
  for (const name of options) await pageOf(scope).getByRole('option', { name, exact: true }).click();
  await field(scope, label).press('Escape');
}

/** From a list that is searched while one types. */
export async function find(scope: Scope, label: string, option: string): Promise<void> {
  await field(scope, label).fill(option);
  await pageOf(scope).getByRole('option', { name: option, exact: true }).click();
}

/** Texts that end with Enter. */
export async function type(scope: Scope, label: string, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    await field(scope, label).fill(text);
    await field(scope, label).press('Enter');
  }
}

export async function toggle(scope: Scope, label: string): Promise<void> {
  await scope.getByRole('switch', { name: label, exact: true }).click();
}

/** One of a few that stand side by side, by keyboard: the radio under the words is not seen. */
export async function turnTo(scope: Scope, label: string, choice: string): Promise<void> {
  const group = scope.getByRole('radiogroup', { name: label, exact: true });
  await group.getByRole('radio', { name: choice, exact: true }).press('Space');
}

export async function saved(page: Page): Promise<void> {
  await button(page, 'Save').click();
  await page.getByText('Unsaved changes').waitFor({ state: 'hidden' });
}
