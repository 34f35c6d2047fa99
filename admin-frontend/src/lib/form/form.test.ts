import { describe, expect, it } from 'vitest';
import { ApiError, apiErrorFrom } from '../api/error';
import { diff, threeWay } from './diff';
import { formPath, sortFieldErrors } from './field-errors';

const refused = (fields: { field: string; error: string }[]) =>
  new ApiError(400, 'validation_failed', 'some fields are wrong', fields);

describe('errors of the API at their fields', () => {
  it('paths', () => {
    expect(formPath('streams[0].targets[1].weight')).toBe('streams.0.targets.1.weight');
  });

  it('go to the field, the nearest one above, or the summary', () => {
    const values = { name: '', postbacks: [{ url: '' }], rules: null };
    const sorted = sortFieldErrors(
      refused([
        { field: 'name', error: 'required' },
        { field: 'postbacks[0].url', error: 'no host' },
        { field: 'rules.all[1].field', error: 'unknown' },
        { field: 'workspace', error: 'full' },
      ]),
      values,
    );
    expect(sorted.at).toEqual([
      { path: 'name', message: 'required' },
      { path: 'postbacks.0.url', message: 'no host' },
      { path: 'rules', message: 'all.1.field: unknown' },
    ]);
    expect(sorted.other).toEqual(['workspace: full']);
  });

  it('are read from the body, and a proxy page is named by its status', () => {
    const body = {
      error: {
        code: 'conflict',
        message: 'used',
        details: [{ field: 'slug', error: 'taken' }],
        request_id: 'r1',
      },
    };
    const error = apiErrorFrom(new Response(null, { status: 409, headers: { 'retry-after': '7' } }), body);
    expect(error).toMatchObject({
      status: 409,
      code: 'conflict',
      fields: [{ field: 'slug', error: 'taken' }],
      retryAfterS: 7,
      requestId: 'r1',
    });
    expect(apiErrorFrom(new Response(null, { status: 502 }), '<html>')).toMatchObject({
      status: 502,
      code: 'http_502',
    });
  });
});

describe('differences', () => {
  it('leaf by leaf', () => {
    expect(diff({ a: 1, b: { c: [1, 2] } }, { a: 1, b: { c: [1, 3] }, d: 'x' })).toEqual([
      { path: 'b.c', before: [1, 2], after: [1, 3] },
      { path: 'd', before: undefined, after: 'x' },
    ]);
    expect(diff({ list: [{ x: 1 }, { x: 2 }] }, { list: [{ x: 1 }] })).toEqual([
      { path: 'list[1]', before: { x: 2 }, after: undefined },
    ]);
  });

  it('of two sides that began from the same', () => {
    expect(
      threeWay({ name: 'a', slug: 's' }, { name: 'mine', slug: 's' }, { name: 'theirs', slug: 't' }),
    ).toEqual([
      { path: 'name', base: 'a', mine: 'mine', theirs: 'theirs' },
      { path: 'slug', base: 's', mine: 's', theirs: 't' },
    ]);
  });
});
