import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { ImportPage } from '@/features/conversions/components/import-page';

export const Route = createFileRoute('/_app/conversions/import')({ component: Page });

function Page() {
  return (
    <May permission="config:write" page>
      <ImportPage />
    </May>
  );
}
