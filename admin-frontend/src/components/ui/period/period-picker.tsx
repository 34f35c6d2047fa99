/** Chooses a page's period, its zone and what it is compared with; all of it lives in the URL. */
import { Button, Divider, Group, NavLink, Popover, Select, Skeleton, Stack } from '@mantine/core';
import { IconCalendar } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { patient } from '@/lib/browser/patient';
import { formatDay } from '@/lib/time/format';
import {
  COMPARISONS,
  DEFAULT_PRESET,
  isOneDay,
  PRESET_NAMES,
  PRESETS,
  type Days,
  type PeriodSearch,
} from '@/lib/time/period';
import { usePeriod } from './use-period';
import { ZoneSelect } from './zone-select';

const loadCalendar = () => import('./range-calendar');
const RangeCalendar = lazy(patient(loadCalendar));

type Props = { search: PeriodSearch; onChange: (change: PeriodSearch) => void; hasComparison?: boolean };

function daysLabel(days: Days): string {
  return isOneDay(days)
    ? formatDay(days.first, true)
    : `${formatDay(days.first)} – ${formatDay(days.last, true)}`;
}

export function PeriodPicker({ search, onChange, hasComparison = false }: Props) {
  const [isOpen, setOpen] = useState(false);
  const { zone, days, today } = usePeriod(search);
  const [draft, setDraft] = useState<[string | null, string | null]>([days.first, days.last]);
  const isCustom = Boolean(search.from && search.to);
  const preset = isCustom ? undefined : (search.period ?? DEFAULT_PRESET);

  function open(next: boolean) {
    setOpen(next);
    if (next) setDraft([days.first, days.last]);
  }

  function pick(value: [string | null, string | null]) {
    setDraft(value);
    const [from, to] = value;
    if (!from || !to) return;
    onChange({ period: undefined, from, to });
    setOpen(false);
  }

  return (
    <Popover opened={isOpen} onChange={open} position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconCalendar size={16} aria-hidden />}
          onClick={() => open(!isOpen)}
          onPointerEnter={() => void loadCalendar()}
          onFocus={() => void loadCalendar()}
          aria-expanded={isOpen}
          fw={500}
        >
          {preset ? `${PRESETS[preset]} · ${daysLabel(days)}` : daysLabel(days)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" maw="calc(100vw - 24px)">
        <Group align="flex-start" gap="sm">
          <Stack gap={2} miw={140}>
            {PRESET_NAMES.map((name) => (
              <NavLink
                key={name}
                component="button"
                type="button"
                label={PRESETS[name]}
                active={name === preset}
                aria-current={name === preset}
                py={5}
                style={{ borderRadius: 6 }}
                onClick={() => {
                  onChange({
                    period: name === DEFAULT_PRESET ? undefined : name,
                    from: undefined,
                    to: undefined,
                  });
                  setOpen(false);
                }}
              />
            ))}
          </Stack>
          <Suspense fallback={<Skeleton w={252} h={262} />}>
            <RangeCalendar value={draft} onChange={pick} maxDate={today} defaultDate={days.last} />
          </Suspense>
        </Group>
        <Divider my="xs" />
        <Group gap="xs" align="flex-end">
          <ZoneSelect
            value={zone}
            onChange={(tz) => onChange({ tz })}
            comboboxProps={{ withinPortal: false }}
            flex={1}
            miw={200}
            size="xs"
          />
          {hasComparison && (
            <Select
              label="Compared with"
              size="xs"
              flex={1}
              miw={150}
              placeholder="Nothing"
              clearable
              comboboxProps={{ withinPortal: false }}
              data={Object.entries(COMPARISONS).map(([value, label]) => ({ value, label }))}
              value={search.compare ?? null}
              onChange={(value) =>
                onChange({
                  compare: value === 'previous_period' || value === 'previous_year' ? value : undefined,
                })
              }
            />
          )}
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
