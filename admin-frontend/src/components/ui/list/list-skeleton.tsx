/** By itself: pages that show a list's shape need not load its table. */
import { Skeleton, Stack } from '@mantine/core';

export function ListSkeleton({ rows = 8 }: { rows?: number }) {
  return (
    <Stack gap={0} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} h={14} my={11.5} mx="md" w={`${88 - ((index * 17) % 40)}%`} />
      ))}
    </Stack>
  );
}
