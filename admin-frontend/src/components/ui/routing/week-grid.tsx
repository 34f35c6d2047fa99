/**
 * A week of hours to paint on: press and drag over days and hours, or move with the arrow keys and open or close with Space; Shift with an
 * arrow paints on. Hours that are open in part are shown so and keep their minutes until they are painted over.
 */
import { Button, Group, Text, UnstyledButton } from '@mantine/core';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import {
  DAY_MINUTES,
  daysWords,
  emptyWeek,
  fillOf,
  painted,
  timeOf,
  WEEKDAY_NAMES,
  WEEKDAYS,
  windowsOf,
  type Week,
  type Weekday,
} from '@/lib/routing/week';
import classes from './week-grid.module.css';

type Props = { value: Week; onChange: (week: Week) => void; isDisabled?: boolean };

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const hourRange = (hour: number) => ({ start: hour * 60, end: (hour + 1) * 60 });
const WORKDAYS: Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri'];

function everyDay(range: { start: number; end: number }, days: Weekday[] = WEEKDAYS): Week {
  return days.reduce((week, day) => painted(week, day, range, true), emptyWeek());
}

const PRESETS: { label: string; week: () => Week }[] = [
  { label: 'Always', week: () => everyDay({ start: 0, end: DAY_MINUTES }) },
  { label: 'Working hours', week: () => everyDay({ start: 540, end: 1080 }, WORKDAYS) },
  { label: 'Evenings', week: () => everyDay({ start: 1080, end: DAY_MINUTES }) },
  { label: 'Never', week: emptyWeek },
];

export function WeekGrid({ value, onChange, isDisabled }: Props) {
  const grid = useRef<HTMLTableElement>(null);
  const [at, setAt] = useState({ day: 0, hour: 0 });
  /** Where a drag began, in which week, and whether it opens or closes; undefined: nothing is dragged. */
  const painting = useRef<{ from: Week; day: number; hour: number; open: boolean }>(undefined);

  useEffect(() => {
    const stop = () => {
      painting.current = undefined;
    };
    window.addEventListener('pointerup', stop);
    return () => window.removeEventListener('pointerup', stop);
  }, []);

  const isOpen = (day: Weekday, hour: number) => fillOf(value[day], hourRange(hour)) === 'full';
  const paint = (day: Weekday, hour: number, open: boolean) => {
    if (!isDisabled) onChange(painted(value, day, hourRange(hour), open));
  };

  /** All between, on the week as it was: a pointer that is fast passes over cells without entering them. */
  function paintTo(row: number, hour: number) {
    if (!painting.current || isDisabled) return;
    const { from, day: firstRow, hour: firstHour, open } = painting.current;
    const range = {
      start: Math.min(firstHour, hour) * 60,
      end: (Math.max(firstHour, hour) + 1) * 60,
    };
    const days = WEEKDAYS.slice(Math.min(firstRow, row), Math.max(firstRow, row) + 1);
    onChange(days.reduce((week, day) => painted(week, day, range, open), from));
  }

  function toggleDay(day: Weekday) {
    const all = { start: 0, end: DAY_MINUTES };
    onChange(painted(value, day, all, fillOf(value[day], all) !== 'full'));
  }

  function toggleHour(hour: number) {
    const open = !WEEKDAYS.every((day) => isOpen(day, hour));
    onChange(WEEKDAYS.reduce((week, day) => painted(week, day, hourRange(hour), open), value));
  }

  function onKeyDown(event: KeyboardEvent, day: number, hour: number) {
    const name = WEEKDAYS[day];
    if (!name) return;
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      paint(name, hour, !isOpen(name, hour));
      return;
    }
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      event.key
    ] ?? [0, event.key === 'Home' ? -hour : event.key === 'End' ? 23 - hour : undefined];
    if (down === undefined || right === undefined) return;
    event.preventDefault();
    const next = {
      day: Math.max(0, Math.min(6, day + down)),
      hour: Math.max(0, Math.min(23, hour + right)),
    };
    setAt(next);
    grid.current?.querySelector<HTMLElement>(`[data-cell="${next.day}-${next.hour}"]`)?.focus();
    const nextName = WEEKDAYS[next.day];
    if (event.shiftKey && nextName) paint(nextName, next.hour, isOpen(name, hour));
  }

  return (
    <div>
      <Group gap={6} mb={8}>
        {PRESETS.map(({ label, week }) => (
          <Button
            key={label}
            size="compact-xs"
            variant="default"
            disabled={isDisabled}
            onClick={() => onChange(week())}
          >
            {label}
          </Button>
        ))}
      </Group>
      <div className={classes.scroller}>
        <table ref={grid} className={classes.grid} role="grid" aria-label="Open hours of the week">
          <thead>
            <tr>
              <td />
              {HOURS.map((hour) => (
                <th key={hour} scope="col">
                  <UnstyledButton
                    className={classes.hour}
                    disabled={isDisabled}
                    tabIndex={-1}
                    aria-label={`${hour} o’clock on all days`}
                    onClick={() => toggleHour(hour)}
                  >
                    {hour % 3 === 0 ? hour : '·'}
                  </UnstyledButton>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {WEEKDAYS.map((day, row) => (
              <tr key={day}>
                <th scope="row">
                  <UnstyledButton
                    className={classes.day}
                    disabled={isDisabled}
                    aria-label={`${WEEKDAY_NAMES[day].slice(0, 3)}: all of ${WEEKDAY_NAMES[day]}`}
                    onClick={() => toggleDay(day)}
                  >
                    {WEEKDAY_NAMES[day].slice(0, 3)}
                  </UnstyledButton>
                </th>
                {HOURS.map((hour) => {
                  const fill = fillOf(value[day], hourRange(hour));
                  return (
                    <td
                      key={hour}
                      className={classes.cell}
                      data-fill={fill}
                      data-cell={`${row}-${hour}`}
                      tabIndex={at.day === row && at.hour === hour ? 0 : -1}
                      aria-selected={fill !== 'none'}
                      aria-label={`${WEEKDAY_NAMES[day]} ${timeOf(hour * 60)}, ${
                        fill === 'full' ? 'open' : fill === 'part' ? 'open in part' : 'closed'
                      }`}
                      onFocus={() => setAt({ day: row, hour })}
                      onKeyDown={(event) => onKeyDown(event, row, hour)}
                      onPointerDown={(event) => {
                        if (event.pointerType === 'mouse' && event.button !== 0) return;
                        event.currentTarget.releasePointerCapture(event.pointerId);
                        painting.current = { from: value, day: row, hour, open: fill !== 'full' };
                        paintTo(row, hour);
                      }}
                      onPointerEnter={() => paintTo(row, hour)}
                    />
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <WeekWords week={value} />
    </div>
  );
}

/** The same in words, exact to the minute. */
export function WeekWords({ week }: { week: Week }) {
  const windows = windowsOf(week);
  return (
    <Text size="xs" c="dimmed" component="div" mt={6} aria-live="polite">
      {windows.length === 0
        ? 'Never open'
        : windows.map(({ weekdays, start, end }) => (
            <div key={`${start}-${end}`}>
              {daysWords(weekdays)}: {start === '00:00' && end === '24:00' ? 'all day' : `${start} to ${end}`}
            </div>
          ))}
    </Text>
  );
}
