/** How much of each cap is used up, as reports count it. */
import { Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '@/lib/api/client';
import { forDrawing, isDecimal } from '@/lib/format/decimal';
import { formatDecimal, formatMoney } from '@/lib/format/numbers';
import { capUsageOptions } from '@/lib/routing/cap-usage';
import { useCurrency, useMay } from '@/lib/session/me';
import { words } from '../display/status-badge';

type Destination = Schemas['ShownDestination'];

const MONEY: ReadonlySet<string> = new Set(['cost', 'revenue']);
const NEARLY = 90;

type Cap = Destination['caps'][number];

function Usage({ destination, cap }: { destination: string; cap: Cap }) {
  const currency = useCurrency();
  const { metric, limit, window_hours = null, calendar_timezone = null } = cap;
  const { data: used } = useQuery(capUsageOptions(destination, { metric, window_hours, calendar_timezone }));
  if (!limit || !isDecimal(limit)) return null;
  const shown = (amount: string) =>
    MONEY.has(metric) ? formatMoney(amount, currency) : formatDecimal(amount, 0);
  const percent = used ? Math.min(100, ((forDrawing(used) ?? 0) / (forDrawing(limit) || 1)) * 100) : 0;
  const when = calendar_timezone ? `today (${calendar_timezone})` : `in the last ${window_hours ?? 24} h`;
  const label = `${words(metric)} ${when}`;
  return (
    <div>
      <Text size="xs" c="dimmed" mb={2}>
        {label}: {used ? shown(used) : '…'} of {shown(limit)}
      </Text>
      <Progress value={percent} size="sm" color={percent >= NEARLY ? 'red' : undefined} aria-label={label} />
    </div>
  );
}

export function CapUsage({ destination }: { destination: Destination }) {
  const mayRead = useMay('reports:read');
  if (!mayRead || destination.caps.length === 0) return null;
  return (
    <Stack gap={8}>
      {destination.caps.map((cap, at) => (
        <Usage key={at} destination={destination.id} cap={cap} />
      ))}
    </Stack>
  );
}
