import { SegmentedControl, Stack } from '@mantine/core';
import { PageHeader } from '@/components/ui/display/page-header';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { CostCsv } from './cost-csv';
import { CostForm } from './cost-form';
import { CostResult } from './cost-result';
import type { CostSearch } from './cost-search';

export function CostsPage({ search }: { search: CostSearch }) {
  const url = useUrlSearch(search);
  const show = ({ id }: { id: string }) => url.change({ update: id });
  return (
    <>
      <PageHeader
        title="Costs"
        description="What clicks cost, told afterwards. A cost is set, not added: the same again changes nothing."
      />
      <Stack gap="md">
        <SegmentedControl
          aria-label="How"
          w="fit-content"
          size="sm"
          data={[
            { value: 'form', label: 'One campaign' },
            { value: 'csv', label: 'Many by CSV' },
          ]}
          value={search.form ?? 'form'}
          onChange={(next) => url.change({ form: next === 'csv' ? 'csv' : undefined })}
        />
        {search.form === 'csv' ? <CostCsv onSent={show} /> : <CostForm onSent={show} />}
        {search.update && <CostResult key={search.update} id={search.update} />}
      </Stack>
    </>
  );
}
