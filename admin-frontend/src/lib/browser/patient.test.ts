import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { patient } from './patient';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('what cannot be fetched is fetched again, and at once when the network is back', async () => {
  const load = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('away'));
  load.mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce('there');
  const loaded = patient(load)();
  await vi.advanceTimersByTimeAsync(500);
  expect(load).toHaveBeenCalledTimes(2);
  window.dispatchEvent(new Event('online'));
  expect(await loaded).toBe('there');
  expect(load).toHaveBeenCalledTimes(3);
  expect(vi.getTimerCount()).toBe(0);
});
