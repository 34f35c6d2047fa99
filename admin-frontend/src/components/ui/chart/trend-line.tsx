/** A small line without scales, beside a figure that says the same in words. Gaps are left open. */
type Props = { values: (number | null)[]; height?: number; color?: string };

const WIDTH = 100;
const EDGE = 2;

/** The line as an SVG path over `WIDTH` by `height`. */
export function trendPath(values: (number | null)[], height: number): string {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return '';
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const step = WIDTH / (values.length - 1);
  const y = (value: number) =>
    high === low ? height / 2 : EDGE + (1 - (value - low) / (high - low)) * (height - 2 * EDGE);
  let isDown = false;
  return values
    .map((value, at) => {
      if (value === null) {
        isDown = false;
        return '';
      }
      const command = isDown ? 'L' : 'M';
      isDown = true;
      return `${command}${(at * step).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join('');
}

export function TrendLine({ values, height = 24, color = 'var(--tf-accent)' }: Props) {
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      style={{ display: 'block', width: '100%', height }}
    >
      <path
        d={trendPath(values, height)}
        fill="none"
        stroke={color}
        strokeWidth={1.5}
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
