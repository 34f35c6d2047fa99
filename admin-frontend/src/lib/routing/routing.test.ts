import { describe, expect, it } from 'vitest';
import { conditionOf, groupOf, isEveryClick, peel, ruleAt, ruleDepth, ruleWords, type Rule } from './rule';
import { apportion, evenShares, shares, withShare } from './shares';
import { fillOf, painted, weekOf, windowsOf } from './week';

const is = (field: string, ...values: string[]): Rule => conditionOf({ field, operator: 'in', values });

describe('rules in words', () => {
  it('brackets groups inside groups, and nothing else', () => {
    const rule = groupOf('all', [
      is('country', 'US', 'CA'),
      groupOf('any', [is('sub1', 'x'), is('os', 'iOS')]),
    ]);
    expect(ruleWords(rule)).toBe('Country is one of US, CA and (Sub 1 is x or OS is iOS)');
    expect(ruleWords({ any: [is('sub1', 'x')] })).toBe('Sub 1 is x');
  });

  it('says what denied and empty groups mean', () => {
    expect(ruleWords({ all: [] })).toBe('Every click');
    expect(ruleWords({ any: [] })).toBe('no click');
    expect(ruleWords({ not: { all: [] } })).toBe('no click');
    expect(ruleWords({ not: { any: [is('sub1', 'x'), is('sub2', 'y')] } })).toBe(
      'not (Sub 1 is x or Sub 2 is y)',
    );
    expect(isEveryClick({ not: { not: { all: [] } } })).toBe(true);
  });

  it('names flags and cuts long lists', () => {
    expect(ruleWords(conditionOf({ field: 'is_bot', operator: 'eq', values: ['false'] }))).toBe(
      'is not a bot',
    );
    expect(ruleWords(is('country', 'A', 'B', 'C', 'D', 'E', 'F'))).toBe(
      'Country is one of A, B, C, D and 2 more',
    );
  });

  it('finds its way through denials', () => {
    const rule: Rule = { not: { all: [is('country', 'US'), { not: is('sub1', 'x') }] } };
    expect(peel(rule)).toMatchObject({ isDenied: true, path: 'not.all' });
    expect(ruleAt(rule, 'rules.not.all[0].condition')).toEqual(is('country', 'US'));
    expect(ruleDepth(rule)).toBe(4);
  });
});

describe('shares', () => {
  it('always add up to a hundred', () => {
    expect(evenShares(3)).toEqual([34, 33, 33]);
    for (const percent of [0, 1, 33, 50, 99, 100]) {
      const next = withShare([1, 1, 5], 1, percent);
      expect(next[1]).toBe(percent);
      expect(next.reduce((a, b) => a + b)).toBe(100);
    }
  });

  it('keep what the others had among themselves', () => {
    expect(withShare([60, 30, 10], 2, 40)).toEqual([40, 20, 40]);
    expect(withShare([100, 0], 0, 70)).toEqual([70, 30]);
    expect(shares([0, 0])).toEqual([0, 0]);
    expect(apportion([1, 2], 10)).toEqual([3, 7]);
  });
});

describe('weeks', () => {
  it('cuts windows at midnight and joins equal days again', () => {
    const week = weekOf([{ weekdays: ['sat', 'sun'], start: '22:30', end: '02:00' }]);
    expect(week.mon).toEqual([{ start: 0, end: 120 }]);
    expect(windowsOf(week)).toEqual([
      { weekdays: ['mon', 'sun'], start: '00:00', end: '02:00' },
      { weekdays: ['sat', 'sun'], start: '22:30', end: '24:00' },
    ]);
  });

  it('keeps minutes that were not painted over', () => {
    const before = weekOf([{ weekdays: ['mon'], start: '09:30', end: '18:00' }]);
    expect(fillOf(before.mon, { start: 540, end: 600 })).toBe('part');
    const after = painted(before, 'mon', { start: 720, end: 780 }, false);
    expect(windowsOf(after)).toEqual([
      { weekdays: ['mon'], start: '09:30', end: '12:00' },
      { weekdays: ['mon'], start: '13:00', end: '18:00' },
    ]);
    expect(painted(after, 'mon', { start: 720, end: 780 }, true)).toEqual(before);
  });
});
