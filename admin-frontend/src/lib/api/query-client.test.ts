import { expect, it } from 'vitest';
import { ApiError, NetworkError } from './error';
import { isTransient, retryDelayMs } from './query-client';

it('tries again what may pass, and no refusal', () => {
  expect(isTransient(new NetworkError('gone'))).toBe(true);
  expect(isTransient(new ApiError(503, 'unavailable', ''))).toBe(true);
  expect(isTransient(new ApiError(429, 'rate_limited', ''))).toBe(true);
  expect(isTransient(new ApiError(404, 'not_found', ''))).toBe(false);
  expect(isTransient(new ApiError(409, 'revision_conflict', ''))).toBe(false);
});

it('waits longer each time, up to a limit, and as long as the server asks', () => {
  const latest = () => 1;
  expect(retryDelayMs(0, undefined, latest)).toBe(400);
  expect(retryDelayMs(3, undefined, latest)).toBe(3200);
  expect(retryDelayMs(30, undefined, latest)).toBe(15_000);
  expect(retryDelayMs(0, new ApiError(429, 'rate_limited', '', [], 9), () => 0)).toBe(9000);
});
