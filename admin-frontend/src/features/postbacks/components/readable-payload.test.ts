import { expect, test } from 'vitest';
import { readablePayload } from './readable-payload';

test('each parameter has its line, and nothing else changes', () => {
  expect(readablePayload('GET http://s.example/p?a=1&b=%20x')).toBe('GET http://s.example/p\n?a=1\n&b=%20x');
  expect(readablePayload('click_id=1&payout=2')).toBe('click_id=1\n&payout=2');
  expect(readablePayload('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(readablePayload('{broken')).toBe('{broken');
});
