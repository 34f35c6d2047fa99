import { Card, Grid, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CapUsage } from '@/components/ui/destination/cap-usage';
import { EntityFacts } from '@/components/ui/entity/entity-facts';
import { EntityPage } from '@/components/ui/entity/entity-page';
import { UsedBy } from '@/components/ui/entity/used-by';
import { May } from '@/components/ui/feedback/may';
import { notifyDone } from '@/components/ui/feedback/notify';
import { useCampaignsOfDestination } from '../api/campaigns-of-destination';
import { destinationOptions } from '../api/destination';
import { DestinationForm } from './destination-form';
import { HealthBadge } from './health-badge';
import { HealthCard } from './health-card';
import { HealthHistory } from './health-history';
import { nameOf, useDestinationActions } from './use-destination-actions';

const PARENTS = [{ label: 'Destinations', to: '/destinations' }];

export function DestinationPage({ id }: { id: string }) {
  const query = useQuery(destinationOptions(id));
  const campaigns = useCampaignsOfDestination(id);
  const navigate = useNavigate();
  const { pageActions } = useDestinationActions();
  return (
    <EntityPage
      query={query}
      nameOf={nameOf}
      parents={PARENTS}
      badge={(destination) => <HealthBadge destination={destination} />}
      actions={(destination) => pageActions(destination, () => void navigate({ to: '/destinations' }))}
    >
      {(destination) => (
        <Grid gutter="md">
          <Grid.Col span={{ base: 12, lg: 7 }}>
            <DestinationForm
              key={id}
              destination={destination}
              onSaved={({ name }) => notifyDone(`“${name}” saved`)}
            />
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 5 }}>
            <Stack gap="md">
              {destination.caps.length > 0 && (
                <May permission="reports:read">
                  <Card>
                    <Title order={2} mb="xs">
                      Caps now
                    </Title>
                    <CapUsage destination={destination} />
                  </Card>
                </May>
              )}
              <HealthCard destination={destination} />
              <May permission="logs:read">
                <HealthHistory id={id} />
              </May>
              <UsedBy
                title="Campaigns"
                kind="campaign"
                query={campaigns}
                none="No campaign sends clicks here."
              />
              <EntityFacts of={destination} />
            </Stack>
          </Grid.Col>
        </Grid>
      )}
    </EntityPage>
  );
}
