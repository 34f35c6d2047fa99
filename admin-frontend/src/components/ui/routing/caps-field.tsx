/** Limits of a destination in rolling hours or calendar days. Nodes share them; past one, clicks go elsewhere. */
import {
  ActionIcon,
  Button,
  Card,
  Fieldset,
  Group,
  Input,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useController, type Control, type FieldPathByValue, type FieldValues } from 'react-hook-form';
import type { Schemas } from '@/lib/api/client';
import { readDecimal } from '@/lib/format/decimal';
import { useRoutingSchema } from '@/lib/routing/schema';
import { useZone } from '@/lib/time/use-zone';
import { words } from '../display/status-badge';
import { EntitySelect } from '../entity/entity-select';
import { DESCRIBED_FIRST } from '../form/described-first';
import { flattenErrors } from '../form/error-summary';
import { ZoneSelect } from '../period/zone-select';

export type CapValues = {
  metric: Schemas['CapMetric'];
  /** Null: an amount that the caller may not see. */
  limit: string | null;
  window_hours: number | null;
  calendar_timezone: string | null;
  redirect_destination_id: string | null;
};

type Props<T extends FieldValues> = {
  control: Control<T>;
  name: FieldPathByValue<T, CapValues[]>;
  currency: string;
  /** The destination itself, which cannot be its own overflow. */
  ownId?: string;
};

const MONEY: ReadonlySet<string> = new Set(['cost', 'revenue']);

export function CapsField<T extends FieldValues>({ control, name, currency, ownId }: Props<T>) {
  const { field, fieldState } = useController({ control, name });
  const schema = useRoutingSchema();
  const [zone] = useZone();
  const caps: CapValues[] = field.value;
  const errors = flattenErrors(fieldState.error);
  const errorAt = (at: number) =>
    errors.filter(({ path }) => path.split('.')[0] === String(at)).map(({ message }) => message);
  const set = (at: number, part: Partial<CapValues>) =>
    field.onChange(caps.map((cap, index) => (index === at ? { ...cap, ...part } : cap)));
  // Caps are sent as a whole, or not at all: what nobody saw cannot be sent back.
  const isLocked = caps.some(({ limit }) => limit === null);
  const isFull = caps.length >= (schema?.limits.caps ?? 16);

  return (
    <Input.Wrapper
      label="Caps"
      labelElement="div"
      inputWrapperOrder={DESCRIBED_FIRST}
      description="Past a cap, clicks go to the stream's other destinations, or to the one named here."
    >
      <Fieldset variant="unstyled" disabled={isLocked}>
        {isLocked && (
          <Text size="xs" c="dimmed" mt={4}>
            An amount here is hidden from you, so these caps stay as they are.
          </Text>
        )}
        <Stack gap="xs" mt={6}>
          {caps.map((cap, at) => (
            <Card key={at} padding="xs" role="group" aria-label={`Cap ${at + 1}`}>
              <Group gap={8} align="flex-end">
                <Select
                  label="At most"
                  size="xs"
                  w={125}
                  allowDeselect={false}
                  data={(schema?.cap_metrics ?? [cap.metric]).map((value) => ({
                    value,
                    label: words(value),
                  }))}
                  value={cap.metric}
                  onChange={(next) => {
                    const metric = schema?.cap_metrics.find((each) => each === next);
                    if (metric) set(at, { metric });
                  }}
                />
                <TextInput
                  label={MONEY.has(cap.metric) ? `Amount in ${currency}` : 'Number'}
                  size="xs"
                  w={110}
                  inputMode="decimal"
                  placeholder={cap.limit === null ? 'hidden' : undefined}
                  value={cap.limit ?? ''}
                  onChange={(event) => set(at, { limit: event.currentTarget.value })}
                  onBlur={() => cap.limit && set(at, { limit: readDecimal(cap.limit) ?? cap.limit })}
                />
                <Select
                  label="In"
                  size="xs"
                  w={140}
                  allowDeselect={false}
                  data={[
                    { value: 'hours', label: 'the last hours' },
                    { value: 'day', label: 'a calendar day' },
                  ]}
                  value={cap.calendar_timezone === null ? 'hours' : 'day'}
                  onChange={(next) =>
                    set(
                      at,
                      next === 'day'
                        ? { calendar_timezone: zone, window_hours: null }
                        : { calendar_timezone: null, window_hours: 24 },
                    )
                  }
                />
                {cap.calendar_timezone === null ? (
                  <NumberInput
                    label="Hours"
                    size="xs"
                    w={90}
                    min={1}
                    max={schema?.limits.cap_window_hours}
                    value={cap.window_hours ?? ''}
                    onChange={(next) => set(at, { window_hours: typeof next === 'number' ? next : null })}
                  />
                ) : (
                  <ZoneSelect
                    label="Day's time zone"
                    size="xs"
                    w={180}
                    value={cap.calendar_timezone}
                    onChange={(timezone) => set(at, { calendar_timezone: timezone })}
                  />
                )}
                <EntitySelect
                  label="Then to"
                  size="xs"
                  w={200}
                  kind="destination"
                  placeholder="The others of the stream"
                  without={ownId ? [ownId] : undefined}
                  value={cap.redirect_destination_id}
                  onChange={(id) => set(at, { redirect_destination_id: id })}
                />
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={30}
                  aria-label={`Remove cap ${at + 1}`}
                  onClick={() => field.onChange(caps.filter((_, index) => index !== at))}
                >
                  <IconTrash size={15} />
                </ActionIcon>
              </Group>
              {errorAt(at).map((message) => (
                <Text key={message} size="xs" mt={4} c="var(--mantine-color-error)" role="alert">
                  {message}
                </Text>
              ))}
            </Card>
          ))}
          <Button
            variant="default"
            size="compact-sm"
            w="fit-content"
            leftSection={<IconPlus size={14} />}
            disabled={isFull}
            onClick={() =>
              field.onChange([
                ...caps,
                {
                  metric: 'clicks',
                  limit: '1000',
                  window_hours: 24,
                  calendar_timezone: null,
                  redirect_destination_id: null,
                } satisfies CapValues,
              ])
            }
          >
            Add a cap
          </Button>
        </Stack>
      </Fieldset>
    </Input.Wrapper>
  );
}
