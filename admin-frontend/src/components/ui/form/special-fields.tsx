/** Fields for what HTML has no input for: amounts, durations, instants in a zone, pairs of words. */
import { ActionIcon, Button, Group, NumberInput, Select, Stack, Text, TextInput, Input } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import type { FieldValues } from 'react-hook-form';
import { readDecimal } from '@/lib/format/decimal';
import { formatInstant } from '@/lib/time/format';
import { useZone } from '@/lib/time/use-zone';
import { zonedInstant } from '@/lib/time/zone';
import { patient } from '@/lib/browser/patient';
import { asNumber, asText, useControlled, type Bound } from './controlled';
import { DESCRIBED_FIRST } from './described-first';

type Labels = {
  label: string;
  description?: string;
  required?: boolean;
  disabled?: boolean;
  placeholder?: string;
};
type MaybeText = string | null | undefined;

/** A decimal string, exactly as typed but for spaces and separators. Wrong input stays for the person to mend. */
export function DecimalField<T extends FieldValues>({
  control,
  name,
  currency,
  ...props
}: Bound<T, MaybeText> & Labels & { currency?: string }) {
  const { value, onChange, onBlur, ...field } = useControlled({ control, name }, asText);
  return (
    <TextInput
      {...props}
      {...field}
      name={name}
      inputMode="decimal"
      value={value ?? ''}
      rightSection={
        currency && (
          <Text size="xs" c="dimmed">
            {currency}
          </Text>
        )
      }
      rightSectionWidth={currency ? 48 : undefined}
      onChange={(event) => onChange(event.currentTarget.value)}
      onBlur={() => {
        if (value) onChange(readDecimal(value) ?? value);
        onBlur();
      }}
    />
  );
}

const UNITS = [
  { value: '1', label: 'seconds' },
  { value: '60', label: 'minutes' },
  { value: '3600', label: 'hours' },
  { value: '86400', label: 'days' },
];

/** Minutes for what is nothing yet, unless the API counts in something larger. */
function largestUnit(seconds: number | null, least: number): string {
  const fitting = [...UNITS].reverse().find(({ value }) => seconds && seconds % Number(value) === 0);
  return fitting?.value ?? String(Math.max(60, least));
}

/** Held in the unit that the API takes (`unitSeconds`: 1 for seconds, 3600 for hours); shown in the one that fits. */
export function DurationField<T extends FieldValues>({
  control,
  name,
  unitSeconds = 1,
  label,
  ...props
}: Bound<T, number | null | undefined> & Labels & { unitSeconds?: number }) {
  const { value, onChange, onBlur, ref, error } = useControlled({ control, name }, asNumber);
  const seconds = value === null || value === undefined ? null : value * unitSeconds;
  const [unit, setUnit] = useState(() => largestUnit(seconds, unitSeconds));
  const shown = seconds === null ? '' : seconds / Number(unit);
  const write = (amount: number | string, of: string) =>
    onChange(amount === '' ? null : Math.round((Number(amount) * Number(of)) / unitSeconds));
  return (
    <Group gap={6} align="flex-end" wrap="nowrap">
      <NumberInput
        {...props}
        flex={1}
        ref={ref}
        label={label}
        inputWrapperOrder={DESCRIBED_FIRST}
        error={error}
        onBlur={onBlur}
        min={0}
        value={shown}
        onChange={(next) => write(next, unit)}
      />
      <Select
        aria-label={`${label}, unit`}
        w={110}
        allowDeselect={false}
        disabled={props.disabled}
        data={UNITS.filter((each) => Number(each.value) >= unitSeconds)}
        value={unit}
        onChange={(next) => {
          if (!next) return;
          setUnit(next);
          if (shown !== '') write(shown, next);
        }}
      />
    </Group>
  );
}

const InstantPicker = lazy(patient(() => import('./instant-picker')));

/** An instant of the API (RFC 3339, UTC), chosen by the clocks of the preferred zone, which it names. */
export function InstantField<T extends FieldValues>({
  control,
  name,
  ...props
}: Bound<T, MaybeText> & Labels) {
  const { value, onChange, ...field } = useControlled({ control, name }, asText);
  const [zone] = useZone();
  const local = value ? formatInstant(value, zone, 'second') : null;
  const shown = {
    ...props,
    description: props.description ? `${props.description} (${zone})` : `In ${zone}`,
  };
  return (
    <Suspense fallback={<TextInput {...shown} disabled value={local ?? ''} />}>
      <InstantPicker
        clearable={!props.required}
        {...shown}
        {...field}
        value={local}
        onChange={(next) =>
          onChange(next ? zonedInstant(next.slice(0, 10), next.slice(11, 19), zone).toISOString() : null)
        }
      />
    </Suspense>
  );
}

type Pair = { key: string; value: string };

function asPairs(value: unknown): Pair[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null) return [];
    return [{ key: asText(Reflect.get(each, 'key')), value: asText(Reflect.get(each, 'value')) }];
  });
}

/** Pairs of words, in order: mappings, headers, parameters. */
export function PairsField<T extends FieldValues>({
  control,
  name,
  label,
  description,
  keyLabel,
  valueLabel,
  disabled,
}: Bound<T, Pair[] | undefined> & Labels & { keyLabel: string; valueLabel: string }) {
  const { value = [], onChange, error } = useControlled({ control, name }, asPairs);
  const set = (at: number, part: Partial<Pair>) =>
    onChange(value.map((pair, index) => (index === at ? { ...pair, ...part } : pair)));
  return (
    <Input.Wrapper
      label={label}
      description={description}
      error={error}
      labelElement="div"
      inputWrapperOrder={DESCRIBED_FIRST}
    >
      <Stack gap={6} mt={4}>
        {value.map((pair, at) => (
          <Group key={at} gap={6} wrap="nowrap">
            <TextInput
              flex={1}
              aria-label={`${keyLabel} ${at + 1}`}
              placeholder={keyLabel}
              value={pair.key}
              disabled={disabled}
              onChange={(event) => set(at, { key: event.currentTarget.value })}
            />
            <TextInput
              flex={1}
              aria-label={`${valueLabel} ${at + 1}`}
              placeholder={valueLabel}
              value={pair.value}
              disabled={disabled}
              onChange={(event) => set(at, { value: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove ${pair.key || `pair ${at + 1}`}`}
              disabled={disabled}
              onClick={() => onChange(value.filter((_, index) => index !== at))}
            >
              <IconX size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="default"
          size="compact-sm"
          w="fit-content"
          leftSection={<IconPlus size={14} />}
          disabled={disabled}
          onClick={() => onChange([...value, { key: '', value: '' }])}
        >
          Add
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
