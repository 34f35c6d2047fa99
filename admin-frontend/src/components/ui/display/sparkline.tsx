/** A line as small as a word: how something went, without scales. What it says is in `label` as well. */
type Props = { values: number[]; label: string; width?: number; height?: number };

export function sparkPath(values: number[], width: number, height: number): string {
  const top = Math.max(...values, 0);
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const y = (value: number) => (top === 0 ? height - 1 : 1 + (height - 2) * (1 - value / top));
  return values
    .map((value, at) => `${at === 0 ? 'M' : 'L'}${(at * step).toFixed(1)} ${y(value).toFixed(1)}`)
    .join('');
}

export function Sparkline({ values, label, width = 96, height = 22 }: Props) {
  if (values.length < 2) return null;
  return (
    <svg role="img" aria-label={label} width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <title>{label}</title>
      <path
        d={sparkPath(values, width, height)}
        fill="none"
        stroke="var(--tf-accent)"
        strokeWidth="1.5"
        strokeLinejoin="round"
      />
    </svg>
  );
}
