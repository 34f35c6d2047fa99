import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { EntityFacts } from '@/components/ui/entity/entity-facts';
import { EntityPage } from '@/components/ui/entity/entity-page';
import { UsedBy } from '@/components/ui/entity/used-by';
import { notifyDone } from '@/components/ui/feedback/notify';
import { useCampaignsOfDomain } from '../api/campaigns-of-domain';
import { domainOptions } from '../api/domain';
import { VerifiedBadge } from './domain-columns';
import { DomainForm } from './domain-form';
import { DomainProof } from './domain-proof';
import { nameOf, useDomainActions } from './use-domain-actions';

const PARENTS = [{ label: 'Domains', to: '/domains' }];

export function DomainPage({ id }: { id: string }) {
  const query = useQuery(domainOptions(id));
  const campaigns = useCampaignsOfDomain(id);
  const navigate = useNavigate();
  const { pageActions } = useDomainActions();
  return (
    <EntityPage
      query={query}
      nameOf={nameOf}
      parents={PARENTS}
      badge={({ verified }) => <VerifiedBadge isVerified={verified} />}
      actions={(domain) => pageActions(domain, () => void navigate({ to: '/domains' }))}
    >
      {(domain) => (
        <>
          <DomainProof domain={domain} />
          <DomainForm domain={domain} onSaved={({ host }) => notifyDone(`“${host}” saved`)} />
          <UsedBy
            title="Campaigns"
            kind="campaign"
            query={campaigns}
            none="No campaign is bound to it. Choose the domain in a campaign’s settings."
          />
          <EntityFacts of={domain} />
        </>
      )}
    </EntityPage>
  );
}
