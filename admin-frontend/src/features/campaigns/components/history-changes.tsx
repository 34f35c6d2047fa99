import { Box, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ChangesView } from '@/components/ui/display/diff-view';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import type { Schemas } from '@/lib/api/client';
import type { HistoryEntry } from '../api/history';
import { versionOptions } from '../api/version';
import { campaignFields, inOrder, streamValues } from '../model/campaign-values';
import { describeCampaign, titlesOf, type Names } from '../model/describe';
import { useNames } from './use-names';

function stateWords(
  { campaign, streams }: Schemas['CampaignState'],
  names: Names,
  titles: ReadonlyMap<string, string>,
) {
  const kept = streams.filter(({ status }) => status !== 'archived').map(streamValues);
  return describeCampaign({ ...campaignFields(campaign), streams: inOrder(kept) }, names, titles);
}

type Props = { campaign: string; entry: HistoryEntry; before: HistoryEntry | undefined };

/** The states after this change and after the one before, in words; the bare entry where they are not remembered. */
export function HistoryChanges({ campaign, entry, before }: Props) {
  const names = useNames();
  const isFirst = before === undefined;
  const areKept = entry.can_be_restored && (isFirst || before.can_be_restored);
  const after = useQuery({ ...versionOptions(campaign, entry.id), enabled: areKept });
  const earlier = useQuery({ ...versionOptions(campaign, before?.id ?? ''), enabled: areKept && !isFirst });

  if (!areKept) return <ChangesView before={entry.before} after={entry.after} />;
  const error = after.error ?? earlier.error;
  if (error)
    return (
      <ErrorNotice error={error} onRetry={() => void Promise.all([after.refetch(), earlier.refetch()])} />
    );
  if (!after.data || (!isFirst && !earlier.data)) return <Skeleton h={60} mt="sm" />;
  const titles = titlesOf(after.data.state.streams);
  return (
    <Box mt="sm">
      <ChangesView
        before={earlier.data ? stateWords(earlier.data.state, names, titles) : {}}
        after={stateWords(after.data.state, names, titles)}
      />
    </Box>
  );
}
