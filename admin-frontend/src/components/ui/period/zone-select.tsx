import { Select, type SelectProps } from '@mantine/core';
import { useMemo } from 'react';
import { browserZone, offsetLabel } from '@/lib/time/zone';

type Props = Omit<SelectProps, 'data' | 'value' | 'onChange'> & {
  value: string;
  onChange: (zone: string) => void;
};

export function ZoneSelect({ value, onChange, ...props }: Props) {
  const data = useMemo(() => {
    const now = new Date();
    const zones = new Set(['UTC', browserZone(), value, ...Intl.supportedValuesOf('timeZone')]);
    return [...zones].map((zone) => ({
      value: zone,
      label: zone === 'UTC' ? 'UTC' : `${zone.replaceAll('_', ' ')} (${offsetLabel(now, zone)})`,
    }));
  }, [value]);
  return (
    <Select
      label="Time zone"
      searchable
      limit={80}
      allowDeselect={false}
      nothingFoundMessage="No such zone"
      {...props}
      data={data}
      value={value}
      onChange={(zone) => zone && onChange(zone)}
    />
  );
}
