/** Adds "not this" to the rules of streams: what bot lists cannot hold, such as a sub id, is kept out so. */
import { Button, Checkbox, Group, Skeleton, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { notifyFailure } from '@/components/ui/feedback/notify';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { notifyUndo } from '@/components/ui/feedback/undo';
import type { Schemas } from '@/lib/api/client';
import { plural } from '@/lib/format/numbers';
import { campaignStreamsOptions, type Stream } from '../api/campaign-streams';
import { streamCampaignOptions } from '../api/stream-campaign';
import { useStreamRules, type RuleNode } from '../api/stream-rules';

type Props = { rule: Schemas['Condition']; text: string; stream?: string; campaign?: string };

function withRule(rules: RuleNode, rule: Schemas['Condition']): RuleNode {
  const not: RuleNode = { not: { condition: rule } };
  return 'all' in rules ? { all: [...rules.all, not] } : { all: [rules, not] };
}

export function KeepOut({ rule, text, stream, campaign }: Props) {
  const found = useQuery({ ...streamCampaignOptions(stream ?? ''), enabled: !campaign && Boolean(stream) });
  const id = campaign ?? found.data;
  const { data, error, refetch } = useQuery({
    ...campaignStreamsOptions(id ?? ''),
    enabled: id !== undefined,
  });
  const [picked, setPicked] = useState<string[] | undefined>(stream ? [stream] : undefined);
  const { mutateAsync: write, isPending } = useStreamRules();
  const streams = data?.filter(({ status }) => status !== 'archived');
  const chosen = picked ?? streams?.map((each) => each.id) ?? [];

  async function save() {
    const changed: { before: Stream; after: Stream }[] = [];
    try {
      for (const before of streams ?? []) {
        if (!chosen.includes(before.id)) continue;
        const rules = withRule(before.rules, rule);
        changed.push({ before, after: await write({ id: before.id, revision: before.revision, rules }) });
      }
      modals.closeAll();
    } catch (failure) {
      notifyFailure(`“${text}” is not kept out everywhere`, failure);
    }
    if (changed.length === 0) return;
    notifyUndo(`“${text}” is kept out of ${plural(changed.length, 'stream')}`, () =>
      Promise.all(
        changed.map(({ before, after }) =>
          write({ id: after.id, revision: after.revision, rules: before.rules }),
        ),
      ),
    );
  }

  if (error ?? found.error)
    return <ErrorNotice error={error ?? found.error} onRetry={() => void refetch()} />;
  return (
    <Stack gap="sm">
      <Text size="sm">
        These streams get one more rule: they take no click from “{text}” any more. Such clicks go on to the
        streams after them, or to the fallback.
      </Text>
      {streams ? (
        <Checkbox.Group label="Streams" value={chosen} onChange={setPicked}>
          <Stack gap={8} mt={6}>
            {streams.map(({ id: each, name, status }) => (
              <Checkbox key={each} value={each} label={status === 'paused' ? `${name} (paused)` : name} />
            ))}
          </Stack>
        </Checkbox.Group>
      ) : (
        <Skeleton h={90} />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={() => modals.closeAll()}>
          Cancel
        </Button>
        <Button color="red.9" disabled={chosen.length === 0} loading={isPending} onClick={() => void save()}>
          Keep it out
        </Button>
      </Group>
    </Stack>
  );
}
