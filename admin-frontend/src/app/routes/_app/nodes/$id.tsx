import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { NodePage } from '@/features/nodes/components/node-page';

export const Route = createFileRoute('/_app/nodes/$id')({ component: Page });

function Page() {
  const { id } = Route.useParams();
  return (
    <May permission="logs:read" page>
      <NodePage id={id} />
    </May>
  );
}
