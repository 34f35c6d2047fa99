import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { EntityFacts } from '@/components/ui/entity/entity-facts';
import { EntityPage } from '@/components/ui/entity/entity-page';
import { notifyDone } from '@/components/ui/feedback/notify';
import { networkOptions, type Network } from '../api/network';
import { NetworkForm } from './network-form';
import { PasteUrls } from './paste-urls';
import { nameOf, useNetworkActions } from './use-network-actions';

const PARENTS = [{ label: 'Networks', to: '/networks' }];

type Props = {
  id: string;
  /** What of the logs is about it, and the test panel. */
  children: (network: Network) => ReactNode;
};

export function NetworkPage({ id, children }: Props) {
  const query = useQuery(networkOptions(id));
  const navigate = useNavigate();
  const { pageActions } = useNetworkActions();
  return (
    <EntityPage
      query={query}
      nameOf={nameOf}
      parents={PARENTS}
      actions={(network) => pageActions(network, () => void navigate({ to: '/networks' }))}
    >
      {(network) => (
        <>
          <PasteUrls network={network} />
          <NetworkForm network={network} onSaved={({ name }) => notifyDone(`“${name}” saved`)} />
          {children(network)}
          <EntityFacts of={network} />
        </>
      )}
    </EntityPage>
  );
}
