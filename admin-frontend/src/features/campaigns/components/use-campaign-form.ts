/** The editor's form: one for the campaign and all its streams, saved part by part (`model/save-whole.ts`). */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { notifyDone } from '@/components/ui/feedback/notify';
import { useEntityForm, type EntityForm } from '@/components/ui/form/use-entity-form';
import { campaignOptions, type Whole } from '../api/campaign';
import { campaignSchema, campaignValues, type CampaignValues } from '../model/campaign-values';
import { knownOf, saveWhole, type Known } from '../model/save-whole';

export type CampaignForm = EntityForm<CampaignValues, Whole> & {
  /** Whether it is saved now: not when it was refused, nor when somebody else was faster. */
  trySave: () => Promise<boolean>;
};

const valuesOf = (campaign: Whole | undefined): CampaignValues => {
  if (!campaign) throw new Error('a campaign is edited once it is there');
  return campaignValues(campaign);
};

/** `onMade` hears which id a new stream got. */
export function useCampaignForm(
  campaign: Whole,
  onMade: (made: ReadonlyMap<string, string>) => void,
  /** The first stream that something is wrong with, after a refused save. */
  onWrong: (stream: string) => void,
): CampaignForm {
  const client = useQueryClient();
  const { queryKey } = campaignOptions(campaign.id);
  const known = useRef<Known>(knownOf(campaign));
  const followed = useRef(campaign);
  const saves = useRef(0);

  async function save(values: CampaignValues): Promise<Whole> {
    const { made } = known.current;
    try {
      const saved = await saveWhole(known.current, values, (whole) => {
        known.current = { ...known.current, whole };
      });
      onMade(made);
      known.current = knownOf(saved);
      followed.current = campaign;
      saves.current += 1;
      return saved;
    } catch (error) {
      // What was written so far is there, whatever became of the rest.
      client.setQueryData(queryKey, known.current.whole);
      throw error;
    }
  }

  const form = useEntityForm({
    schema: campaignSchema,
    entity: campaign,
    toValues: valuesOf,
    save,
    reload: async () => {
      const theirs = await client.fetchQuery({ ...campaignOptions(campaign.id), staleTime: 0 });
      known.current = { ...known.current, whole: theirs };
      return theirs;
    },
    onSaved: (saved) => {
      client.setQueryData(queryKey, saved);
      void client.invalidateQueries({ queryKey: ['campaigns', 'list'] });
      void client.invalidateQueries({ queryKey: ['campaigns', 'history', saved.id] });
      void client.invalidateQueries({ queryKey: ['entities', 'campaign'] });
      notifyDone(`“${saved.name}” saved`);
    },
  });
  const { isDirty } = form;

  useEffect(() => {
    if (isDirty || followed.current === campaign) return;
    followed.current = campaign;
    known.current = knownOf(campaign);
  }, [campaign, isDirty]);

  async function submit() {
    await form.submit();
    const streams = form.form.getValues('streams');
    const wrong = streams.find((_, at) => form.form.getFieldState(`streams.${at}`).error !== undefined);
    if (wrong) onWrong(wrong.id);
  }

  return {
    ...form,
    submit,
    trySave: async () => {
      const before = saves.current;
      await submit();
      return saves.current > before;
    },
    takeTheirs: () => {
      known.current = knownOf(known.current.whole);
      form.takeTheirs();
    },
  };
}
