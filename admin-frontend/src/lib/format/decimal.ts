/** Amounts as decimal strings, the way the API sends them: compared and scaled exactly, never through a float. */
import Big from 'big.js';

export type Decimal = string;

const DECIMAL = /^-?\d+(\.\d+)?$/;

export function isDecimal(text: string): boolean {
  return DECIMAL.test(text);
}

/** What a person typed ("1 250,5", "$3.2") as a decimal string, or undefined when it is no number. */
export function readDecimal(typed: string): Decimal | undefined {
  let text = typed.replace(/[\s\u00a0'_$€£]/g, '');
  const comma = text.lastIndexOf(',');
  const dot = text.lastIndexOf('.');
  if (comma >= 0 && dot >= 0)
    text = comma > dot ? text.replaceAll('.', '').replace(',', '.') : text.replaceAll(',', '');
  else if (comma >= 0) text = text.replace(',', '.');
  if (text.startsWith('.')) text = `0${text}`;
  if (text.endsWith('.')) text = text.slice(0, -1);
  return isDecimal(text) ? text : undefined;
}

export function addDecimals(amounts: Decimal[]): Decimal {
  return amounts.reduce((sum, each) => sum.plus(each), new Big(0)).toFixed();
}

export function subtractDecimals(a: Decimal, b: Decimal): Decimal {
  return new Big(a).minus(b).toFixed();
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  return new Big(a).cmp(b);
}

export function signOf(amount: Decimal): -1 | 0 | 1 {
  const big = new Big(amount);
  return big.eq(0) ? 0 : big.lt(0) ? -1 : 1;
}

/** Change from `before` to `now` in percent, to one digit; undefined where there was nothing to compare with. */
export function changePercent(now: Decimal | number, before: Decimal | number): number | undefined {
  const base = new Big(before);
  if (base.eq(0)) return undefined;
  return new Big(now).minus(base).div(base.abs()).times(100).round(1).toNumber();
}

/** Rounds half away from zero to `digits`, keeping zeros at the end. */
export function roundDecimal(amount: Decimal, digits: number): Decimal {
  return new Big(amount).toFixed(digits, Big.roundHalfUp);
}

/** A place on a chart. Drawing only: nothing is computed from it. */
export function forDrawing(amount: Decimal | number | null | undefined): number | null {
  if (amount === null || amount === undefined) return null;
  return typeof amount === 'number' ? amount : Number(amount);
}
