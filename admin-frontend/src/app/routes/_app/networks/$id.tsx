import { createFileRoute } from '@tanstack/react-router';
import { May } from '@/components/ui/feedback/may';
import { NetworkPage } from '@/features/networks/components/network-page';
import { PostbackTest } from '@/features/postback-test/components/postback-test';
import { RecentPostbacks } from '@/features/recent-postbacks/components/recent-postbacks';

export const Route = createFileRoute('/_app/networks/$id')({ component: Page });

function Page() {
  const { id } = Route.useParams();
  return (
    <May permission="config:read" page>
      <NetworkPage key={id} id={id}>
        {(network) => (
          <>
            <May permission="logs:read">
              <RecentPostbacks
                of={{ network_id: network.id }}
                title="Last postbacks"
                none="None has arrived yet. Paste the URL at the network, and send a test from there."
              />
            </May>
            <May permission="operate">
              <PostbackTest networks={[network]} />
            </May>
          </>
        )}
      </NetworkPage>
    </May>
  );
}
