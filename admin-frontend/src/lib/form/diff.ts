/** What two versions of a thing differ in, leaf by leaf. */

export type Change = { path: string; before: unknown; after: unknown };

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, at) => isSame(each, b[at]));
  if (!isPlain(a) || !isPlain(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isSame(a[key], b[key]));
}

export function diff(before: unknown, after: unknown, path = ''): Change[] {
  if (isSame(before, after)) return [];
  if (isPlain(before) && isPlain(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => diff(before[key], after[key], path ? `${path}.${key}` : key));
  }
  const [old, now] = [listOf(before), listOf(after)];
  if (old && now && [...old, ...now].every(isPlain)) {
    const length = Math.max(old.length, now.length);
    return Array.from({ length }, (_, at) => diff(old[at], now[at], `${path}[${at}]`)).flat();
  }
  return [{ path, before, after }];
}

export type Conflict = { path: string; base: unknown; mine: unknown; theirs: unknown };

/** What either side changed since both began from `base`. */
export function threeWay(base: unknown, mine: unknown, theirs: unknown): Conflict[] {
  const byMe = new Map(diff(base, mine).map((change) => [change.path, change]));
  const byThem = new Map(diff(base, theirs).map((change) => [change.path, change]));
  return [...new Set([...byThem.keys(), ...byMe.keys()])].map((path) => {
    const before = byMe.get(path)?.before ?? byThem.get(path)?.before;
    const [my, their] = [byMe.get(path), byThem.get(path)];
    return { path, base: before, mine: my ? my.after : before, theirs: their ? their.after : before };
  });
}
