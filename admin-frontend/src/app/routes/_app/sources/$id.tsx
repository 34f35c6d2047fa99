import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { SourcePage } from '@/features/sources/components/source-page';

export const Route = createFileRoute('/_app/sources/$id')({ component: Page });

function Page() {
  const { id } = Route.useParams();
  return (
    <May permission="config:read" page>
      <SourcePage id={id} />
    </May>
  );
}
