/** The form's values as the flow that picture, list and simulation show. */
import { useMemo } from 'react';
import { useWatch, type UseFormReturn } from 'react-hook-form';
import { useEntityNames } from '@/components/ui/entity/entity-name';
import { useDestinations } from '../api/list-destinations';
import type { Simulated } from '../api/simulate';
import { useTargetClicks } from '../api/target-report';
import { useWorkspace } from '../api/workspace';
import type { CampaignValues } from '../model/campaign-values';
import { flowOf, type Flow } from '../model/flow';
import { useNames } from './use-names';

export function useFlow(
  campaign: string,
  form: UseFormReturn<CampaignValues>,
  simulated: Simulated | undefined,
): Flow {
  // Watched for its changes; what it gives while fields are made may be partial, the form's own values are not.
  const changed = useWatch({ control: form.control });
  const destinations = useDestinations();
  const clicks = useTargetClicks(campaign);
  const sources = useEntityNames('source');
  const names = useNames();
  const workspaceTrafficback = useWorkspace()?.trafficback_destination_id ?? undefined;

  return useMemo(() => {
    const values = form.getValues();
    return flowOf(values, {
      destinations,
      clicks,
      simulated,
      sourceName: values.source_id ? sources?.get(values.source_id)?.name : undefined,
      workspaceTrafficback,
      valueWords: names.value,
    });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `changed` stands for the form's values
  }, [changed, form, destinations, clicks, simulated, sources, workspaceTrafficback, names]);
}
