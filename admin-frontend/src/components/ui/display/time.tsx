import { Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatAgo, formatInstant } from '@/lib/time/format';
import { useZone } from '@/lib/time/use-zone';
import { offsetLabel } from '@/lib/time/zone';
import { NOTHING } from '@/lib/format/numbers';

type Props = { at: string | number | null | undefined; precision?: 'day' | 'minute' | 'second' };

/** An instant in the chosen zone. */
export function Time({ at, precision }: Props) {
  const [zone] = useZone();
  if (at === null || at === undefined) return NOTHING;
  const iso = new Date(at).toISOString();
  return (
    <Tooltip label={`${formatInstant(at, zone, 'second')} ${zone} (${offsetLabel(new Date(at), zone)})`}>
      <time dateTime={iso} className="tabular">
        {formatInstant(at, zone, precision)}
      </time>
    </Tooltip>
  );
}

/** How long ago; the instant itself on hover. */
export function Ago({ at }: { at: string | number | null | undefined }) {
  const [zone] = useZone();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  if (at === null || at === undefined) return NOTHING;
  return (
    <Tooltip label={`${formatInstant(at, zone, 'second')} ${zone} (${offsetLabel(new Date(at), zone)})`}>
      <time dateTime={new Date(at).toISOString()} className="tabular">
        {formatAgo(at, now)}
      </time>
    </Tooltip>
  );
}
