import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { PostbackTest } from '@/features/postback-test/components/postback-test';
import { TemplatePage } from '@/features/templates/components/template-page';

export const Route = createFileRoute('/_app/templates/$id')({ component: Page });

function Page() {
  const { id } = Route.useParams();
  return (
    <May permission="config:read" page>
      <TemplatePage
        key={id}
        id={id}
        test={(networks) => (
          // The API counts a test among the operations, though it stores nothing.
          <May permission="operate">
            <PostbackTest networks={networks} />
          </May>
        )}
      />
    </May>
  );
}
