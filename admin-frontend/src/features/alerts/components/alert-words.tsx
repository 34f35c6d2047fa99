/** How subjects, measured values and outcomes of alerts are said. */
import { Group, Stack, Text } from '@mantine/core';
import { HiddenMoney, Money } from '@/components/ui/display/money';
import { StatusBadge, words, type Tone } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { EntityName } from '@/components/ui/entity/entity-name';
import { isDecimal } from '@/lib/format/decimal';
import { formatDecimal, NOTHING } from '@/lib/format/numbers';
import { useMasksMoney } from '@/lib/session/me';
import type { Alert, Measured, Subject } from '../api/list-alerts';

export function SubjectName({ subject: { kind, id, name, part } }: { subject: Subject }) {
  return (
    <Group gap={6} wrap="nowrap">
      {kind === 'workspace' ? (
        <span>All campaigns together</span>
      ) : (
        <EntityName kind={kind} id={id} name={name || undefined} />
      )}
      {part && (
        <Text span size="xs" c="dimmed">
          {part.replaceAll('_', ' ')}
        </Text>
      )}
    </Group>
  );
}

const NAMES: Record<string, string> = {
  cr: 'CR, %',
  cr_before: 'CR before, %',
  roi: 'ROI, %',
  z: 'Certainty (z)',
};
const INSTANT = /^\d{4}-\d{2}-\d{2}T/;

/** Shares of amounts are kept from those who see no amounts, and are no amounts themselves. */
const SHARE = /(^roi|^cr|percent)/;

function MeasuredValue({ measured, currency }: { measured: Measured; currency?: string }) {
  const { name, value, is_money } = measured;
  const isMasked = useMasksMoney();
  if (value === null || value === undefined) return is_money && isMasked ? <HiddenMoney /> : NOTHING;
  if (isDecimal(value)) {
    if (is_money && !SHARE.test(name)) return <Money amount={value} currency={currency} />;
    return <span className="tabular">{formatDecimal(value, value.includes('.') ? 2 : 0)}</span>;
  }
  return INSTANT.test(value) ? <Time at={value} precision="second" /> : words(value);
}

/** What was measured, a pair each; what is empty says nothing. */
export function MeasuredValues({ values, isShort = false }: { values: Measured[]; isShort?: boolean }) {
  const currency = values.find(({ name }) => name === 'currency')?.value ?? undefined;
  const said = values.filter(({ name, value }) => name !== 'currency' && value !== '');
  const shown = isShort ? said.slice(0, 2) : said;
  const pairs = shown.map((measured) => (
    <Text key={measured.name} span size="sm">
      <Text span size="sm" c="dimmed">
        {NAMES[measured.name] ?? words(measured.name)}
      </Text>{' '}
      <MeasuredValue measured={measured} currency={currency} />
    </Text>
  ));
  return isShort ? (
    <Group gap="sm" wrap="nowrap">
      {pairs}
    </Group>
  ) : (
    <Stack gap={2}>{pairs}</Stack>
  );
}

const OUTCOMES: Record<Alert['actions'][number]['outcome'], { label: string; tone: Tone }> = {
  planned: { label: 'Planned', tone: 'info' },
  under_way: { label: 'Under way', tone: 'info' },
  done: { label: 'Done', tone: 'good' },
  would_do: { label: 'Would do', tone: 'neutral' },
  nothing_to_do: { label: 'Nothing to do', tone: 'neutral' },
  failed: { label: 'Failed', tone: 'bad' },
  undone: { label: 'Undone', tone: 'warn' },
};

export function OutcomeBadge({ outcome }: { outcome: keyof typeof OUTCOMES }) {
  const { label, tone } = OUTCOMES[outcome];
  return <StatusBadge status={label} tone={tone} />;
}

export function AlertStateBadge({ alert: { state, acknowledged_at } }: { alert: Alert }) {
  if (state === 'resolved') return <StatusBadge status="resolved" />;
  return <StatusBadge status={acknowledged_at ? 'acknowledged' : state} />;
}

/** Done, and not yet taken back. */
export function canUndo(alert: Alert): boolean {
  return alert.actions.some(({ outcome, change }) => outcome === 'done' && change);
}
