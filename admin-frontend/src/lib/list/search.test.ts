import { expect, it } from 'vitest';
import { changeSearch, isNarrowed, listRequest, listSearch } from './search';

it('a URL becomes a request', () => {
  const search = listSearch.parse({
    q: 'push',
    status: 'paused',
    page: 3,
    size: 25,
    sort: 'name',
    order: 'desc',
  });
  expect(listRequest(search)).toEqual({
    q: 'push',
    status: 'paused',
    limit: 25,
    offset: 50,
    sort: 'name',
    order: 'desc',
  });
  expect(listRequest({}, { sort: 'created_at', order: 'desc' })).toEqual({
    limit: 50,
    offset: 0,
    sort: 'created_at',
    order: 'desc',
  });
  expect(listRequest({ sort: 'name' }, { sort: 'created_at', order: 'desc' })).toEqual({
    limit: 50,
    offset: 0,
    sort: 'name',
  });
});

it('nonsense in a URL counts as absent', () => {
  expect(listSearch.parse({ status: 'gone', page: -1, size: 9999, order: 'up' })).toEqual({});
});

it('a narrower list begins at its first page', () => {
  expect(changeSearch({ q: 'a', page: 4 }, { q: 'ab' })).toEqual({ q: 'ab' });
  expect(changeSearch({ q: 'a', page: 4 }, { page: 5 })).toEqual({ q: 'a', page: 5 });
  expect(changeSearch({ q: 'a', page: 4 }, { page: 1 })).toEqual({ q: 'a' });
  expect(changeSearch({ q: 'a' }, { q: '' })).toEqual({});
});

it('knows whether anything is filtered', () => {
  expect(isNarrowed({ page: 2, sort: 'name' })).toBe(false);
  expect(isNarrowed({ status: 'active' })).toBe(true);
});
