/** Numbers, money and percentages for people. English forms, so that what is copied reads the same everywhere. */
import { roundDecimal, type Decimal } from './decimal';

export const NOTHING = '–';

const integer = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : integer.format(value);
}

export function formatCompact(value: number): string {
  return compact.format(value);
}

/** A share that is already in percent, such as the API's `roi` and `cr`. */
export function formatPercent(value: Decimal | number | null | undefined, digits = 2): string {
  if (value === null || value === undefined) return NOTHING;
  return `${grouped(roundDecimal(String(value), digits))}%`;
}

export function formatChange(percent: number): string {
  return `${percent > 0 ? '+' : percent < 0 ? '−' : ''}${grouped(Math.abs(percent).toFixed(1))}%`;
}

function grouped(decimal: string): string {
  const [whole = '0', fraction] = decimal.split('.');
  const sign = whole.startsWith('-') ? '−' : '';
  const digits = whole.replace('-', '').replace(/\B(?=(\d{3})+$)/g, ',');
  return sign + digits + (fraction ? `.${fraction}` : '');
}

export function formatDecimal(value: Decimal | null | undefined, digits = 2): string {
  return value === null || value === undefined ? NOTHING : grouped(roundDecimal(value, digits));
}

const symbols = new Map<string, string>();

function symbolOf(currency: string): string {
  let symbol = symbols.get(currency);
  if (symbol === undefined) {
    try {
      const parts = new Intl.NumberFormat('en-US', { style: 'currency', currency }).formatToParts(0);
      symbol = parts.find((part) => part.type === 'currency')?.value ?? currency;
    } catch {
      symbol = currency;
    }
    symbols.set(currency, symbol);
  }
  return symbol;
}

/** Two digits; more for amounts below a cent per click, where two would say 0.00. */
export function formatMoney(amount: Decimal | null | undefined, currency: string, digits?: number): string {
  if (amount === null || amount === undefined) return NOTHING;
  const text = grouped(roundDecimal(amount, digits ?? fittingDigits(amount)));
  const sign = text.startsWith('−') ? '−' : '';
  const symbol = symbolOf(currency);
  const gap = symbol.length > 1 && /[A-Za-z]$/.test(symbol) ? '\u00a0' : '';
  return `${sign}${symbol}${gap}${text.replace('−', '')}`;
}

function fittingDigits(amount: Decimal): number {
  const isTiny = /^-?0\.0\d*[1-9]/.test(amount) && roundDecimal(amount, 2) !== amount;
  return isTiny ? 4 : 2;
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`;
}

export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor((seconds % 86_400) / 3600),
    Math.floor((seconds % 3600) / 60),
  ];
  const parts = [
    days && `${days} d`,
    hours && `${hours} h`,
    minutes && `${minutes} min`,
    seconds % 60 && `${seconds % 60} s`,
  ];
  return parts.filter(Boolean).slice(0, 2).join(' ');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
