import { describe, expect, it } from 'vitest';
import { addDecimals, changePercent, readDecimal, roundDecimal, signOf, subtractDecimals } from './decimal';
import { formatChange, formatDuration, formatMoney, formatPercent } from './numbers';

describe('decimals', () => {
  it('adds what floats cannot', () => {
    expect(addDecimals(['0.1', '0.2'])).toBe('0.3');
    expect(addDecimals(['9007199254740993.01', '0.000001'])).toBe('9007199254740993.010001');
    expect(subtractDecimals('1.00', '1')).toBe('0');
  });

  it('reads what people type', () => {
    expect(readDecimal('1 250,50')).toBe('1250.50');
    expect(readDecimal('$1,250.5')).toBe('1250.5');
    expect(readDecimal('1.250,5')).toBe('1250.5');
    expect(readDecimal('.5')).toBe('0.5');
    expect(readDecimal('-3')).toBe('-3');
    expect(readDecimal('12a')).toBeUndefined();
    expect(readDecimal('')).toBeUndefined();
  });

  it('rounds halves away from zero', () => {
    expect(roundDecimal('1.005', 2)).toBe('1.01');
    expect(roundDecimal('-1.005', 2)).toBe('-1.01');
    expect(roundDecimal('2', 2)).toBe('2.00');
  });

  it('compares with nothing by saying so', () => {
    expect(changePercent('12', '10')).toBe(20);
    expect(changePercent('-5', '-10')).toBe(50);
    expect(changePercent('5', '0')).toBeUndefined();
    expect(signOf('-0.00')).toBe(0);
  });
});

describe('money', () => {
  it('groups digits and keeps the sign in front', () => {
    expect(formatMoney('1234567.891', 'USD')).toBe('$1,234,567.89');
    expect(formatMoney('-12.5', 'EUR')).toBe('−€12.50');
    expect(formatMoney('90071992547409931.25', 'USD')).toBe('$90,071,992,547,409,931.25');
  });

  it('shows more digits of amounts below a cent', () => {
    expect(formatMoney('0.0042', 'USD')).toBe('$0.0042');
    expect(formatMoney('0.05', 'USD')).toBe('$0.05');
  });

  it('says nothing of what is not there', () => {
    expect(formatMoney(null, 'USD')).toBe('–');
    expect(formatPercent(undefined)).toBe('–');
  });

  it('takes currencies that it does not know', () => {
    expect(formatMoney('5', 'USDT')).toContain('5.00');
  });
});

it('percentages and durations', () => {
  expect(formatPercent('1234.5')).toBe('1,234.50%');
  expect(formatChange(-3.14)).toBe('−3.1%');
  expect(formatDuration(950)).toBe('950 ms');
  expect(formatDuration(3_661_000)).toBe('1 h 1 min');
});
