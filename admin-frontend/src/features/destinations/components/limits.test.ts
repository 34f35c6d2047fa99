import { expect, test } from 'vitest';
import { countriesOf, limitsOf } from './limits';

const free = { caps: [], schedule: null, geo: { allow: [], block: [] }, device_types: [] };

test('what limits nothing has no words', () => {
  expect(limitsOf(free)).toBe('');
  expect(countriesOf(free)).toBe('');
});

test('each kind of limit is named once', () => {
  const schedule = { timezone: 'UTC', windows: [] };
  const cap = { metric: 'clicks' as const, limit: '5' };
  expect(limitsOf({ ...free, caps: [cap, cap], schedule, device_types: ['mobile'] })).toBe(
    '2 caps, hours, devices',
  );
  expect(limitsOf({ ...free, geo: { allow: [], block: ['RU'] } })).toBe('countries');
});

test('long lists of countries are cut', () => {
  expect(countriesOf({ geo: { allow: ['DE', 'AT', 'CH', 'FR', 'IT'], block: ['US'] } })).toBe(
    'only DE, AT, CH and 2 more; not US',
  );
});
