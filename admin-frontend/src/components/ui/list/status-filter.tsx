import { SegmentedControl } from '@mantine/core';

type Status = 'active' | 'paused' | 'archived';

const CHOICES = [
  { value: 'all', label: 'All' },
  { value: 'active', label: 'Active' },
  { value: 'paused', label: 'Paused' },
  { value: 'archived', label: 'Archived' },
] as const;

type Props = { value: Status | undefined; onChange: (value: Status | undefined) => void };

export function StatusFilter({ value, onChange }: Props) {
  return (
    <SegmentedControl
      aria-label="Status"
      data={CHOICES.map(({ value: each, label }) => ({ value: each, label }))}
      value={value ?? 'all'}
      onChange={(next) =>
        onChange(CHOICES.flatMap(({ value: each }) => (each === next && each !== 'all' ? [each] : []))[0])
      }
    />
  );
}
