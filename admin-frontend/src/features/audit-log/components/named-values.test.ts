import { expect, test } from 'vitest';
import { namedValues } from './named-values';

test('known ids have names, at any depth; the noise is gone', () => {
  const names = new Map([['01A', 'Push network']]);
  const value = { id: '01A', revision: 3, source_id: '01A', targets: [{ destination_id: '01B', weight: 1 }] };
  expect(namedValues(value, names)).toEqual({
    id: '01A',
    source_id: '“Push network”',
    targets: [{ destination_id: '01B', weight: 1 }],
  });
  expect(namedValues(null, names)).toBeNull();
});
