import { Stack } from '@mantine/core';
import { PageHeader } from '@/components/ui/display/page-header';
import type { ListSearch } from '@/lib/list/search';
import { ErasuresList } from './erasures-list';
import { RetentionCard } from './retention-card';

export function PrivacyPage({ search }: { search: ListSearch }) {
  return (
    <>
      <PageHeader
        title="Privacy"
        description="How long events stay, and what goes when somebody asks for it."
      />
      <Stack gap="lg">
        <RetentionCard />
        <ErasuresList search={search} />
      </Stack>
    </>
  );
}
