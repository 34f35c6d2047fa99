import { expect, test } from 'vitest';
import { retentionValues, shortened } from './retention-values';

const FOR_EVER = retentionValues(undefined);

test('only what is kept for less is asked about', () => {
  const before = { ...FOR_EVER, clicks_days: 90, postback_logs_days: 30 };
  const after = { ...before, clicks_days: 365, postback_logs_days: 7, full_ip_days: 14 };
  expect(shortened(before, after)).toEqual([
    { label: 'Postback logs', days: 7 },
    { label: 'Full addresses', days: 14 },
  ]);
  expect(shortened(before, FOR_EVER)).toEqual([]);
});
