/** Weights of targets as shares of a hundred, and back. Whole percents, which always add up. */

/** Percent of each weight, to a tenth; nothing has a share when all weights are 0. */
export function shares(weights: number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => (sum === 0 ? 0 : Math.round((weight / sum) * 1000) / 10));
}

/** Splits `total` by weight into whole numbers that add up, the largest remainders first. */
export function apportion(weights: number[], total: number): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  if (weights.length === 0) return [];
  const exact = weights.map((weight) => (sum === 0 ? total / weights.length : (weight / sum) * total));
  const parts = exact.map(Math.floor);
  let left = total - parts.reduce((all, part) => all + part, 0);
  const byRemainder = exact
    .map((value, at) => ({ at, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.at - b.at);
  for (const { at } of byRemainder) {
    if (left <= 0) break;
    parts[at] = (parts[at] ?? 0) + 1;
    left -= 1;
  }
  return parts;
}

/** One target gets `percent`; the others share the rest as they did before, so that all add up to 100. */
export function withShare(weights: number[], at: number, percent: number): number[] {
  if (weights.length <= 1) return weights.map(() => 100);
  const own = Math.max(0, Math.min(100, Math.round(percent)));
  const others = apportion(
    weights.filter((_, index) => index !== at),
    100 - own,
  );
  return [...others.slice(0, at), own, ...others.slice(at)];
}

export function evenShares(count: number): number[] {
  return apportion(
    Array.from({ length: count }, () => 1),
    100,
  );
}
