/**
 * What a report counts: conditions nested in all, any and not, as the API has them, and the short form that a URL has.
 *
 *     ["country","in","US","CA"]      a condition; {"c": [...]} is one that minds case
 *     {"a": [...]}  {"o": [...]}  {"n": ...}      all, any, not
 */
import * as z from 'zod/mini';
import type { Schemas } from '@/lib/api/client';
import type { Operator } from '../api/report-schema';

export type FilterNode = Schemas['ReportFilter'];
export type Condition = Schemas['ReportFilterCondition'];

export const OPERATOR_WORDS: Record<Operator, string> = {
  eq: 'is',
  neq: 'is not',
  in: 'is one of',
  not_in: 'is none of',
  contains: 'contains',
  not_contains: 'does not contain',
  starts_with: 'starts with',
  ends_with: 'ends with',
  gt: 'is more than',
  gte: 'is at least',
  lt: 'is less than',
  lte: 'is at most',
  exists: 'is known',
  not_exists: 'is not known',
  regex: 'matches the pattern',
  cidr: 'is in the network',
};

const OPERATORS = [
  'eq',
  'neq',
  'in',
  'not_in',
  'contains',
  'not_contains',
  'starts_with',
  'ends_with',
  'gt',
  'gte',
  'lt',
  'lte',
  'exists',
  'not_exists',
  'regex',
  'cidr',
] as const satisfies readonly Operator[];

export const operatorSchema = z.enum(OPERATORS);

/** How many values an operator takes. */
export function valuesOf(operator: Operator): 'none' | 'one' | 'many' {
  if (operator === 'exists' || operator === 'not_exists') return 'none';
  return ['eq', 'neq', 'gt', 'gte', 'lt', 'lte'].includes(operator) ? 'one' : 'many';
}

type ShortCondition = [string, Operator, ...string[]];
export type Short = ShortCondition | { c: ShortCondition } | { a: Short[] } | { o: Short[] } | { n: Short };

const shortCondition = z.tuple([z.string(), operatorSchema], z.string());

export const shortFilter: z.ZodMiniType<Short> = z.lazy(() =>
  z.union([
    shortCondition,
    z.strictObject({ c: shortCondition }),
    z.strictObject({ a: z.array(shortFilter) }),
    z.strictObject({ o: z.array(shortFilter) }),
    z.strictObject({ n: shortFilter }),
  ]),
);

export function shorten(node: FilterNode): Short {
  if ('all' in node) return { a: node.all.map(shorten) };
  if ('any' in node) return { o: node.any.map(shorten) };
  if ('not' in node) return { n: shorten(node.not) };
  const { field, operator, values = [], case_sensitive } = node.condition;
  const short: ShortCondition = [field, operator, ...values];
  return case_sensitive ? { c: short } : short;
}

function condition([field, operator, ...values]: ShortCondition, minds = false): FilterNode {
  return { condition: { field, operator, values, ...(minds && { case_sensitive: true }) } };
}

export function lengthen(short: Short): FilterNode {
  if (Array.isArray(short)) return condition(short);
  if ('c' in short) return condition(short.c, true);
  if ('a' in short) return { all: short.a.map(lengthen) };
  if ('o' in short) return { any: short.o.map(lengthen) };
  return { not: lengthen(short.n) };
}

export function is(field: string, operator: Operator, ...values: string[]): FilterNode {
  return { condition: { field, operator, values } };
}

export function conditionsOf(node: FilterNode): Condition[] {
  if ('all' in node) return node.all.flatMap(conditionsOf);
  if ('any' in node) return node.any.flatMap(conditionsOf);
  if ('not' in node) return conditionsOf(node.not);
  return [node.condition];
}

export function isCondition(node: FilterNode): node is { condition: Condition } {
  return 'condition' in node;
}

/** As parameters of a URL, which know no groups. `left` counts what cannot be said so. */
export function asParameters(nodes: FilterNode[]): {
  filter: Record<string, Record<string, string>>;
  left: number;
} {
  const filter: Record<string, Record<string, string>> = {};
  let left = 0;
  for (const node of nodes.flatMap((each) => ('all' in each ? each.all : [each]))) {
    if (!isCondition(node)) {
      left += 1;
      continue;
    }
    const { field, operator, values = [], case_sensitive } = node.condition;
    const own = filter[field];
    // Values are separated by commas there, patterns are one, and each operator comes once.
    const isLost =
      case_sensitive ||
      (own !== undefined && operator in own) ||
      (valuesOf(operator) === 'many' &&
        (operator === 'regex' ? values.length > 1 : values.some((value) => value.includes(','))));
    if (isLost) left += 1;
    else filter[field] = { ...own, [operator]: values.join(',') };
  }
  return { filter, left };
}
