/** When something takes traffic: always, or in the hours of a week in a time zone. */
import { Box, Input, Switch } from '@mantine/core';
import { useState } from 'react';
import type { Control, FieldPathByValue, FieldValues } from 'react-hook-form';
import type { Schemas } from '@/lib/api/client';
import { isSame } from '@/lib/form/diff';
import { weekOf, windowsOf, type Week } from '@/lib/routing/week';
import { useZone } from '@/lib/time/use-zone';
import { useControlled } from '../form/controlled';
import { ZoneSelect } from '../period/zone-select';
import { WeekGrid } from './week-grid';

type Schedule = Schemas['Schedule'];

function isSchedule(value: unknown): value is Schedule {
  return typeof value === 'object' && value !== null && 'timezone' in value && 'windows' in value;
}

function asSchedule(value: unknown): Schedule | null {
  return isSchedule(value) ? value : null;
}

const WORKING: Schedule['windows'] = [
  { weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'], start: '09:00', end: '18:00' },
];

type Props<T extends FieldValues> = {
  control: Control<T>;
  name: FieldPathByValue<T, Schedule | null>;
  label?: string;
  disabled?: boolean;
};

export function ScheduleField<T extends FieldValues>({
  control,
  name,
  label = 'Schedule',
  disabled,
}: Props<T>) {
  const { value, onChange, error } = useControlled<T, Schedule | null, Schedule | null>(
    { control, name },
    asSchedule,
  );
  const [zone] = useZone();
  // What was just painted, so that windows that say the same do not move it.
  const [week, setWeek] = useState<Week>();
  const shown = week && value && isSame(windowsOf(week), value.windows) ? week : weekOf(value?.windows ?? []);

  return (
    <Input.Wrapper label={label} labelElement="div" error={error}>
      <Switch
        mt={4}
        label="Only at certain hours"
        disabled={disabled}
        checked={value !== null}
        onChange={(event) =>
          onChange(event.currentTarget.checked ? { timezone: zone, windows: WORKING } : null)
        }
      />
      {value && (
        <Box mt="xs">
          <ZoneSelect
            label="Time zone of the hours"
            value={value.timezone}
            onChange={(timezone) => onChange({ ...value, timezone })}
          />
          <Box mt="xs">
            <WeekGrid
              value={shown}
              isDisabled={disabled}
              onChange={(next) => {
                setWeek(next);
                onChange({ ...value, windows: windowsOf(next) });
              }}
            />
          </Box>
        </Box>
      )}
    </Input.Wrapper>
  );
}
