/** How many frames a page draws a second while somebody scrolls: counted in Chromium's own trace. */
import type { Browser, Page } from 'playwright-core';
import { z } from 'zod';

const durationMs = 3000;
const stepPixels = 400;

const traced = z.object({
  traceEvents: z.array(z.object({ name: z.string(), ts: z.number().optional() }).loose()),
});

/** Scrolls whatever is under the middle of the page. */
export async function framesPerSecond(browser: Browser, page: Page): Promise<number> {
  const size = page.viewportSize();
  if (size === null) throw new Error('no viewport');
  await page.mouse.move(size.width / 2, size.height / 2);
  await browser.startTracing(page, {
    categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline.frame'],
  });
  const end = Date.now() + durationMs;
  while (Date.now() < end) await page.mouse.wheel(0, stepPixels);
  const trace: unknown = JSON.parse((await browser.stopTracing()).toString());
  const drawn = traced.parse(trace).traceEvents.filter((event) => event.name === 'DrawFrame');
  const times = drawn.flatMap((event) => (event.ts === undefined ? [] : [event.ts])).sort((a, b) => a - b);
  const [first, last] = [times.at(0), times.at(-1)];
  if (first === undefined || last === undefined || last === first) throw new Error('no frame was drawn');
  return ((times.length - 1) * 1_000_000) / (last - first);
}
