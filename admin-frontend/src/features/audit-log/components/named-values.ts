/** What was before and after, for people: names instead of ids, and without what changes with every write. */

const NOISE = new Set(['workspace_id', 'revision', 'updated_at']);

export function namedValues(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    const name = names.get(value);
    return name === undefined ? value : `“${name}”`;
  }
  if (Array.isArray(value)) return value.map((each) => namedValues(each, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !NOISE.has(key))
      // What the entry is of is said above it.
      .map(([key, each]: [string, unknown]) => [key, key === 'id' ? each : namedValues(each, names)]),
  );
}
