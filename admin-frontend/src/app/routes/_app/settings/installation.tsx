import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { InstallationPage } from '@/features/installation/components/installation-page';

export const Route = createFileRoute('/_app/settings/installation')({ component: Page });

function Page() {
  return (
    <May permission="config:read" page>
      <InstallationPage />
    </May>
  );
}
