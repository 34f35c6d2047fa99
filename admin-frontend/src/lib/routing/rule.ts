/**
 * Rules of streams as trees. A `not` is shown as a property of what it denies, so a node is seen as its core (a group or
 * a condition) and whether that is denied.
 */
import type { Schemas } from '@/lib/api/client';

export type Rule = Schemas['RuleNode'];
export type Condition = Schemas['Condition'];
export type Operator = Schemas['Operator'];
export type Group = 'all' | 'any';

type Core = { kind: 'group'; group: Group; rules: Rule[] } | { kind: 'condition'; condition: Condition };

/** `path` leads from the node to its core, as the API writes it: `not.all`. */
export type Peeled = Core & { isDenied: boolean; path: string };

export const EVERY_CLICK: Rule = { all: [] };

export function peel(rule: Rule): Peeled {
  let at = rule;
  let isDenied = false;
  let path = '';
  while ('not' in at) {
    at = at.not;
    isDenied = !isDenied;
    path += 'not.';
  }
  if ('condition' in at)
    return { kind: 'condition', condition: at.condition, isDenied, path: `${path}condition` };
  if ('all' in at) return { kind: 'group', group: 'all', rules: at.all, isDenied, path: `${path}all` };
  return { kind: 'group', group: 'any', rules: at.any, isDenied, path: `${path}any` };
}

export function groupOf(group: Group, rules: Rule[], isDenied = false): Rule {
  const core: Rule = group === 'all' ? { all: rules } : { any: rules };
  return isDenied ? { not: core } : core;
}

export function conditionOf(condition: Condition, isDenied = false): Rule {
  const core: Rule = { condition };
  return isDenied ? { not: core } : core;
}

export function isEveryClick(rule: Rule): boolean {
  const node = peel(rule);
  return node.kind === 'group' && node.group === 'all' && node.rules.length === 0 && !node.isDenied;
}

const OPERATORS: Partial<Record<Operator, string>> = {
  eq: 'is',
  neq: 'is not',
  in: 'is one of',
  not_in: 'is none of',
  contains: 'contains',
  not_contains: 'does not contain',
  starts_with: 'starts with',
  ends_with: 'ends with',
  gt: 'is above',
  gte: 'is at least',
  lt: 'is below',
  lte: 'is at most',
  exists: 'is known',
  not_exists: 'is not known',
  regex: 'matches',
  cidr: 'is in',
};

export function operatorWords(operator: Operator): string {
  return OPERATORS[operator] ?? operator.replaceAll('_', ' ');
}

/** `os_version` reads "OS version". */
export function fieldWords(field: string): string {
  if (field.startsWith('query.')) return `Parameter ${field.slice('query.'.length)}`;
  const text = field
    .replace(/^is_/, '')
    .replace(/^sub(\d+)$/, 'sub $1')
    .replaceAll('_', ' ')
    .replace(/\b(os|asn|isp|ip|utm)\b/g, (word) => word.toUpperCase());
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const MOST_VALUES = 4;

/** `is_unique` reads "is unique", `is_bot` "is a bot". */
export function flagWords(field: string, isTrue: boolean): string {
  const what = fieldWords(field).toLowerCase();
  const named = what === 'bot' || what === 'proxy' ? `a ${what}` : what;
  return isTrue ? `is ${named}` : `is not ${named}`;
}

/** A condition on one flag, and whether it wants it to be so. */
function flagOf({ field, operator, values = [] }: Condition): boolean | undefined {
  const isFlag = field.startsWith('is_') && values.length === 1 && (operator === 'eq' || operator === 'neq');
  return isFlag ? (values[0] === 'true') === (operator === 'eq') : undefined;
}

/** How a value is named, such as a source by its name. */
export type ValueWords = (field: string, value: string) => string;

const asItIs: ValueWords = (_, value) => value;

export function conditionWords(condition: Condition, valueWords: ValueWords = asItIs): string {
  const { field, operator, values = [] } = condition;
  const flag = flagOf(condition);
  if (flag !== undefined) return flagWords(field, flag);
  const shown = values.slice(0, MOST_VALUES).map((value) => valueWords(field, value));
  const rest = values.length - shown.length;
  const list = shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
  const isOne = values.length === 1;
  const verb =
    isOne && operator === 'in' ? 'is' : isOne && operator === 'not_in' ? 'is not' : operatorWords(operator);
  return `${fieldWords(field)} ${verb}${list ? ` ${list}` : ''}`;
}

/** The whole tree as a sentence; groups inside groups in brackets. */
export function ruleWords(rule: Rule, valueWords: ValueWords = asItIs): string {
  if (isEveryClick(rule)) return 'Every click';
  return wordsOf(rule, valueWords, true);
}

function wordsOf(rule: Rule, valueWords: ValueWords, isTop: boolean): string {
  const node = peel(rule);
  if (node.kind === 'condition') {
    const flag = flagOf(node.condition);
    if (flag !== undefined) return flagWords(node.condition.field, flag !== node.isDenied);
    const text = conditionWords(node.condition, valueWords);
    return node.isDenied ? `not (${text})` : text;
  }
  if (node.rules.length === 0) {
    const matches = (node.group === 'all') !== node.isDenied;
    return matches ? 'every click' : 'no click';
  }
  const text = node.rules
    .map((each) => wordsOf(each, valueWords, node.rules.length === 1 && isTop && !node.isDenied))
    .join(node.group === 'all' ? ' and ' : ' or ');
  if (node.isDenied) return `not (${text})`;
  return isTop || node.rules.length === 1 ? text : `(${text})`;
}

/** Levels of groups, as the API limits them. */
export function ruleDepth(rule: Rule): number {
  if ('condition' in rule) return 1;
  if ('not' in rule) return 1 + ruleDepth(rule.not);
  const inner = 'all' in rule ? rule.all : rule.any;
  return 1 + Math.max(0, ...inner.map(ruleDepth));
}

/** The node at a path such as `rules.all[1].condition`, for naming what failed. */
export function ruleAt(rule: Rule, path: string): Rule | undefined {
  let at: unknown = rule;
  const keys = path
    .replace(/^rules\.?/, '')
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter(Boolean);
  let found: Rule | undefined = rule;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !(key in at)) return undefined;
    at = Reflect.get(at, key);
    if (isRule(at)) found = at;
  }
  return found;
}

function isRule(value: unknown): value is Rule {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return 'all' in value || 'any' in value || 'not' in value || 'condition' in value;
}
