import { Card, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CapUsage } from '@/components/ui/destination/cap-usage';
import { StatusBadge } from '@/components/ui/display/status-badge';
import { EntityFacts } from '@/components/ui/entity/entity-facts';
import { EntityPage } from '@/components/ui/entity/entity-page';
import { UsedBy } from '@/components/ui/entity/used-by';
import { May } from '@/components/ui/feedback/may';
import { notifyDone } from '@/components/ui/feedback/notify';
import { useCampaignsOfLanding } from '../api/campaigns-of-landing';
import { landingOptions } from '../api/landing';
import { LandingForm } from './landing-form';
import { LandingHealth } from './landing-health';
import { nameOf, useLandingActions } from './use-landing-actions';

const PARENTS = [{ label: 'Landings', to: '/landings' }];

export function LandingPage({ id }: { id: string }) {
  const query = useQuery(landingOptions(id));
  const campaigns = useCampaignsOfLanding(id);
  const navigate = useNavigate();
  const { pageActions } = useLandingActions();
  return (
    <EntityPage
      query={query}
      nameOf={nameOf}
      parents={PARENTS}
      badge={({ health, health_check }) => health_check.enabled && <StatusBadge status={health.current} />}
      actions={(landing) => pageActions(landing, () => void navigate({ to: '/landings' }))}
    >
      {(landing) => (
        <>
          <LandingForm landing={landing} onSaved={({ name }) => notifyDone(`“${name}” saved`)} />
          <LandingHealth landing={landing} />
          {landing.caps.length > 0 && (
            <May permission="reports:read">
              <Card>
                <Title order={2} mb="xs">
                  Caps now
                </Title>
                <CapUsage destination={landing} />
              </Card>
            </May>
          )}
          <UsedBy title="Campaigns" kind="campaign" query={campaigns} none="No campaign sends clicks here." />
          <EntityFacts of={landing} />
        </>
      )}
    </EntityPage>
  );
}
