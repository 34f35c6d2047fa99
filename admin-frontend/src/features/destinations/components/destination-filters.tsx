import { Select } from '@mantine/core';
import { words } from '@/components/ui/display/status-badge';
import { StatusFilter } from '@/components/ui/list/status-filter';
import type { UrlSearch } from '@/lib/list/use-url-search';
import { HEALTHS, KINDS, type DestinationSearch } from './destination-search';

const choices = (names: readonly string[]) => names.map((value) => ({ value, label: words(value) }));

export function DestinationFilters({ search, change }: UrlSearch<DestinationSearch>) {
  return (
    <>
      <StatusFilter value={search.status} onChange={(status) => change({ status })} />
      <Select
        aria-label="Kind"
        placeholder="Any kind"
        w={140}
        clearable
        data={choices(KINDS)}
        value={search.kind ?? null}
        onChange={(next) => change({ kind: KINDS.find((each) => each === next) })}
      />
      <Select
        aria-label="Health"
        placeholder="Any health"
        w={140}
        clearable
        data={choices(HEALTHS)}
        value={search.health ?? null}
        onChange={(next) => change({ health: HEALTHS.find((each) => each === next) })}
      />
    </>
  );
}
