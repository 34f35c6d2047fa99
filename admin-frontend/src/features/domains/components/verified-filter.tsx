import { Select } from '@mantine/core';
import type { DomainSearch } from './domain-search';

type Props = { value: DomainSearch['verified']; onChange: (value: DomainSearch['verified']) => void };

export function VerifiedFilter({ value, onChange }: Props) {
  return (
    <Select
      aria-label="Verification"
      placeholder="Verified or not"
      w={160}
      clearable
      data={[
        { value: 'yes', label: 'Verified' },
        { value: 'no', label: 'Not verified' },
      ]}
      value={value ?? null}
      onChange={(next) => onChange(next === 'yes' || next === 'no' ? next : undefined)}
    />
  );
}
