/** A campaign with three streams that is built through the pages, with every editor that they have. */
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { z } from 'zod';
import { asOwner, unique } from './api';
import { destination } from './campaigns';
import { button, choose, chooseAll, fill, find, saved, toggle, turnTo, type } from './fields';
import { addStream, box, openStream, panel } from './flow';
import { signedIn } from './session';
import { until } from './until';

export const VIPS = 'Vips of Germany';
export const DESKTOPS = 'Desktops';
export const OTHERS = 'Everybody else';

export interface Built {
  id: string;
  /** Also its slug. */
  name: string;
  source: string;
  network: string;
  /** Ids by what they are for. */
  ids: Record<'main' | 'second' | 'third' | 'capped' | 'closed' | 'overflow' | 'trafficback', string>;
  names: Built['ids'];
  /** In percent, as the sliders were left. */
  shares: number[];
  /** When the closed one opens: three days from now, for five hours. */
  opens: { weekdays: string[]; start: string; end: string }[];
}

const found = z.object({ items: z.array(z.object({ id: z.string(), name: z.string() })) });

async function idOf(list: string, name: string): Promise<string> {
  const { items } = found.parse(await asOwner('GET', `/api/${list}?q=${encodeURIComponent(name)}`));
  const one = items.find((each) => each.name === name);
  if (!one) throw new Error(`no ${name} among the ${list}`);
  return one.id;
}

async function makeSource(page: Page, name: string): Promise<void> {
  await page.goto('/sources/new');
  await page.getByRole('main').getByRole('button').filter({ hasText: 'Start from nothing' }).click();
  await fill(page, 'Name', name);
  await button(page, 'Create source').click();
  await page.waitForURL(/\/sources\/(?!new)/);
}

async function makeNetwork(page: Page, name: string): Promise<void> {
  await page.goto('/networks/new');
  await page.getByRole('main').getByRole('button').filter({ hasText: 'With any template, or none' }).click();
  await fill(page, 'Name', name);
  await button(page, 'Create network').click();
  await page.waitForURL(/\/networks\/(?!new)/);
}

export function urlOf(name: string): string {
  return `https://${name}.example/land?cid={click_id}&geo={country}&s={sub1}&ext={source_click_id}&by={campaign_slug}&x={sub9|none}`;
}

async function fillDestination(form: Page | Locator, name: string): Promise<void> {
  await fill(form, 'Name', name);
  await fill(form, 'URL', urlOf(name));
  await toggle(form, 'Nodes probe it, and pass over it while it is down');
}

async function makeCapped(page: Page, name: string, overflow: string): Promise<void> {
  await page.goto('/destinations/new');
  await fillDestination(page, name);
  await button(page, 'Add a cap').click();
  const first = page.getByRole('group', { name: 'Cap 1' });
  await fill(first, 'Number', '500');
  await fill(first, 'Hours', '12');
  await find(first, 'Then to', overflow);
  await button(page, 'Add a cap').click();
  const second = page.getByRole('group', { name: 'Cap 2' });
  await choose(second, 'At most', 'Revenue');
  await fill(second, 'Amount in USD', '1250.75');
  await choose(second, 'In', 'a calendar day');
  await button(page, 'Create destination').click();
  await page.waitForURL(/\/destinations\/(?!new)/);
}

const DAY_MS = 24 * 3_600_000;

/** Painted by pointer from 10 to 13 o'clock, by keyboard from 20 to 22. */
async function paintWeek(form: Locator): Promise<Built['opens']> {
  const page = form.page();
  const day = new Date(Date.now() + 3 * DAY_MS).toLocaleDateString('en-US', {
    weekday: 'long',
    timeZone: 'UTC',
  });
  await toggle(form, 'Only at certain hours');
  await button(form, 'Never').click();
  await form.getByText('Never open').waitFor();
  const cell = (hour: number) => form.getByRole('gridcell', { name: `${day} ${hour}:00, closed` });
  await cell(10).hover();
  await page.mouse.down();
  // In one leap: a fast hand passes over 11 without entering it.
  await cell(12).hover();
  await page.mouse.up();
  await cell(20).focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowRight');
  const weekdays = [day.slice(0, 3).toLowerCase()];
  return [
    { weekdays, start: '10:00', end: '13:00' },
    { weekdays, start: '20:00', end: '22:00' },
  ];
}

async function buildVips(page: Page, names: Built['names']): Promise<number[]> {
  const stream = await addStream(page, VIPS);
  const rules = stream.getByRole('group', { name: 'Rules', exact: true });
  await button(rules, 'Condition').click();
  await chooseAll(rules, 'Condition 1: values', 'Germany (DE)', 'Austria (AT)');

  await button(rules, 'Group').click();
  const any = rules.getByRole('group', { name: 'Group 2', exact: true });
  await find(any, 'Group 2, condition 1: what to look at', 'Device type');
  await chooseAll(any, 'Group 2, condition 1: values', 'Mobile', 'Tablet');
  await button(any, 'Condition').click();
  await find(any, 'Group 2, condition 2: what to look at', 'Sub 1');
  await choose(any, 'Group 2, condition 2: how to compare', 'starts with');
  await type(any, 'Group 2, condition 2: values', 'vip');
  await button(any, 'Group').click();
  const inner = any.getByRole('group', { name: 'Group 2, group 3', exact: true });
  await find(inner, 'Group 2, group 3, condition 1: what to look at', 'OS');
  await type(inner, 'Group 2, group 3, condition 1: values', 'Windows', 'macOS');
  await toggle(inner, 'Deny (not)');

  await button(rules, 'Condition').last().click();
  await find(rules, 'Condition 3: what to look at', 'Browser');
  await type(rules, 'Condition 3: values', 'Opera');
  await button(rules, 'More of condition 3').click();
  await page.getByRole('menuitem', { name: 'Deny it (not)' }).click();

  const three = [names.main, names.second, names.third];
  for (const [at, name] of three.entries()) {
    await button(stream, 'Add a destination').click();
    await find(stream, `destination ${at + 1}`, name);
  }
  await button(stream, 'Equal shares').click();
  await fill(stream, `Share of ${names.main} in percent`, '50');
  const sliders = three.map((name) => stream.getByRole('slider', { name: `Share of ${name}`, exact: true }));
  const shown = () =>
    Promise.all(sliders.map(async (slider) => Number(await slider.getAttribute('aria-valuenow'))));
  await until('the others share the rest', async () => (await shown()).join() === '50,25,25');
  for (let step = 1; step <= 5; step += 1) {
    await sliders[1]?.press('ArrowRight');
    await until('the slider has moved', async () => (await shown())[1] === 25 + step);
    expect((await shown()).reduce((sum, each) => sum + each)).toBe(100);
  }
  await find(stream, 'Sticky', 'Sub 3');

  await toggle(stream, 'Keep a user away from destinations where they were');
  await find(stream, 'A user is known by', 'Sub 2');
  await fill(stream, 'Within', '7');
  await choose(stream, 'When they were everywhere', 'No destination');
  return shown();
}

async function buildDesktops(page: Page, names: Built['names']): Promise<Built['opens']> {
  const stream = await addStream(page, DESKTOPS);
  const rules = stream.getByRole('group', { name: 'Rules', exact: true });
  await choose(rules, 'Rules: how its parts count', 'any of these');
  await button(rules, 'Condition').click();
  await find(rules, 'Condition 1: what to look at', 'Device type');
  await chooseAll(rules, 'Condition 1: values', 'Desktop');
  await button(rules, 'Condition').click();
  await find(rules, 'Condition 2: what to look at', 'Parameter…');
  await fill(rules, 'Condition 2: name of the parameter', 'zone');
  await choose(rules, 'Condition 2: how to compare', 'is');
  await fill(rules, 'Condition 2: values', '7');

  await choose(stream, 'How a destination is picked', 'Waterfall');
  await button(stream, 'Add a destination').click();
  await find(stream, 'destination 1', names.capped);
  await button(stream, 'Create a new destination').click();
  const form = page.getByRole('dialog', { name: 'New destination' });
  await fillDestination(form, names.closed);
  const opens = await paintWeek(form);
  await button(form, 'Create').click();
  await form.waitFor({ state: 'hidden' });
  await button(stream, `Move ${names.closed}, number 2 of 2`).press('ArrowUp');
  await button(stream, `Move ${names.closed}, number 1 of 2`).waitFor();
  return opens;
}

async function buildOthers(page: Page, names: Built['names']): Promise<void> {
  const stream = await openStream(page, 'All clicks');
  await fill(stream, 'Name', OTHERS);
  const others = panel(page, new RegExp(OTHERS));
  await turnTo(others, 'When it is asked', 'Default');
  await choose(others, 'How a destination is picked', 'Best ROI');
  await fill(others, 'Compare the last', '3');
  await fill(others, 'Rank from so many clicks', '50');
  await choose(others, 'Until then, and to explore', 'In turn');
  await fill(others, 'Clicks that explore', '5');
  await button(others, 'Add a destination').click();
  await find(others, 'destination 2', names.second);
  const second = others.getByRole('group', { name: names.second });
  await toggle(second, 'Takes clicks');
}

async function buildRest(page: Page, names: Built['names']): Promise<void> {
  await box(page, 'What no stream can serve').click();
  const end = panel(page, 'What no stream can serve');
  await find(end, '1. Trafficback of the campaign', names.trafficback);
  await find(end, '2. Fallback, when trafficback cannot take it either', names.overflow);
  await box(page, 'Clicks come from').click();
  await chooseAll(panel(page, 'Which clicks come in'), 'Never these countries', 'North Korea (KP)');
  await page.getByRole('tab', { name: 'Settings' }).click();
  await fill(page, 'A visitor is unique again after', '2');
  await page.getByRole('tab', { name: 'Flow' }).click();
}

export async function buildCampaign(browser: Browser): Promise<Built> {
  const context = await signedIn(browser);
  const page = await context.newPage();
  const [name, source, network] = [unique('summer'), unique('push'), unique('leads')];
  // Their form is used for the capped one and, from within the campaign, for the closed one.
  const others = { main: '', second: '', third: '', overflow: '', trafficback: '' };
  const names = { ...others, capped: unique('capped'), closed: unique('closed') };
  const ids = { ...names };
  for (const role of ['main', 'second', 'third', 'overflow', 'trafficback'] as const) {
    names[role] = unique(role);
    ids[role] = (await destination(names[role], { url: urlOf(names[role]) })).id;
  }
  await makeSource(page, source);
  await makeNetwork(page, network);
  await makeCapped(page, names.capped, names.overflow);

  await page.goto('/campaigns/new');
  await fill(page, 'Name', name);
  await find(page, 'Traffic source', source);
  await turnTo(page, 'Where its clicks go', 'One that is there');
  await find(page, 'Destination', names.main);
  await button(page, 'Create campaign').click();
  await page.getByRole('tab', { name: 'Flow' }).click();
  await buildOthers(page, names);
  // Behind the one that is last in any case, and then before the other regular one.
  const opens = await buildDesktops(page, names);
  const shares = await buildVips(page, names);
  await button(panel(page, new RegExp(VIPS)), 'Earlier').click();
  await panel(page, `Stream 1: ${VIPS}`).waitFor();
  await buildRest(page, names);
  await saved(page);
  await context.close();
  ids.capped = await idOf('destinations', names.capped);
  ids.closed = await idOf('destinations', names.closed);
  return { id: await idOf('campaigns', name), name, source, network, ids, names, shares, opens };
}
