import { expect, test } from 'vitest';
import { changeFilter, filtersRequest, joinWords, splitWords, type FilterField } from './filters';

const fields: FilterField[] = [
  { key: 'country', label: 'Country', kind: 'text' },
  { key: 'is_bot', label: 'Bot', kind: 'flag', yes: 'Bots', no: 'People' },
];

test('a request has the known filters alone, of the right kind', () => {
  expect(filtersRequest(fields, { country: 'DE,FR', is_bot: false, other: 'x' })).toEqual({
    country: 'DE,FR',
    is_bot: false,
  });
  expect(filtersRequest(fields, { country: true, is_bot: 'yes' })).toEqual({});
});

test('a filter that is emptied is gone, and the last one takes the whole away', () => {
  expect(changeFilter({ country: 'DE', is_bot: true }, 'country', undefined)).toEqual({ is_bot: true });
  expect(changeFilter({ country: 'DE' }, 'country', '')).toBeUndefined();
  expect(changeFilter(undefined, 'is_bot', false)).toEqual({ is_bot: false });
});

test('words are trimmed, and each is there once', () => {
  expect(joinWords([' DE', 'FR', 'DE', ''])).toBe('DE,FR');
  expect(joinWords([''])).toBeUndefined();
  expect(splitWords('a,b,')).toEqual(['a', 'b']);
});
