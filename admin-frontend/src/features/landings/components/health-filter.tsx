import { Select } from '@mantine/core';
import { words } from '@/components/ui/display/status-badge';
import type { LandingSearch } from './landing-search';

const CHOICES = ['healthy', 'degraded', 'unhealthy', 'unknown'] as const;

type Props = { value: LandingSearch['health']; onChange: (value: LandingSearch['health']) => void };

export function HealthFilter({ value, onChange }: Props) {
  return (
    <Select
      aria-label="Health"
      placeholder="Any health"
      w={140}
      clearable
      data={CHOICES.map((each) => ({ value: each, label: words(each) }))}
      value={value ?? null}
      onChange={(next) => onChange(CHOICES.find((each) => each === next))}
    />
  );
}
