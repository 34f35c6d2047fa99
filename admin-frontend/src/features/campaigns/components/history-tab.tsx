/** What was changed, by whom, and back to any of it. */
import { Button, Card, Group, Stack, Text } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useState } from 'react';
import { ConfirmAction } from '@/components/ui/overlay/confirm-action';
import { StatusBadge, words } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { ErrorNotice, Notice } from '@/components/ui/feedback/pages';
import { notifyUndo } from '@/components/ui/feedback/undo';
import { ListFoot } from '@/components/ui/list/list-foot';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { useMay } from '@/lib/session/me';
import { useHistory, type HistoryEntry } from '../api/history';
import { useRollback } from '../api/rollback';
import type { Whole } from '../api/campaign';
import { HistoryChanges } from './history-changes';

const KINDS: Record<string, string> = { campaigns: 'campaign', streams: 'stream' };

function title({ action, resource, name, what }: HistoryEntry): string {
  if (what?.startsWith('rolled back')) return 'Rolled back';
  return `${words(action)} the ${KINDS[resource] ?? resource} “${name}”`;
}

type Props = { campaign: Whole; isDirty: boolean };

export function HistoryTab({ campaign, isDirty }: Props) {
  const [place, setPlace] = useState({ page: 1, size: 25 });
  const offset = (place.page - 1) * place.size;
  // One more, so that the last one on the page is compared with the one before it.
  const { data, error, refetch } = useHistory(campaign.id, offset, place.size + 1);
  const [open, setOpen] = useState<string>();
  const mayWrite = useMay('config:write');
  const { mutateAsync: rollBack } = useRollback(campaign.id);

  if (error && !data) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <ListSkeleton />;
  const newest = place.page === 1 ? data.items[0] : undefined;
  const entries = data.items.slice(0, place.size);
  if (entries.length === 0)
    return <Notice title="No changes yet">What is changed from now on is listed here.</Notice>;

  async function restore(entry: HistoryEntry) {
    const before = newest?.can_be_restored ? newest.id : undefined;
    const { revision } = await rollBack({ entry: entry.id, revision: campaign.revision });
    if (before) notifyUndo('The campaign is as it was then', () => rollBack({ entry: before, revision }));
    setPlace({ ...place, page: 1 });
  }

  return (
    <Stack gap="xs" maw={960}>
      {isDirty && (
        <Text size="sm" c="dimmed">
          Save or drop your changes first to go back to an earlier state.
        </Text>
      )}
      {entries.map((entry, at) => {
        const isOpen = open === entry.id;
        const isNow = entry.id === newest?.id;
        return (
          <Card key={entry.id} padding="sm" component="article" aria-label={title(entry)}>
            <Group justify="space-between" gap="xs">
              <div style={{ minWidth: 0 }}>
                <Group gap={8}>
                  <Text size="sm" fw={550}>
                    {title(entry)}
                  </Text>
                  {isNow && <StatusBadge status="now" tone="info" />}
                  {entry.state === 'attempted' && <StatusBadge status="attempted" tone="warn" />}
                </Group>
                <Text size="xs" c="dimmed">
                  <Time at={entry.at} /> by {entry.actor.name}
                </Text>
              </div>
              <Group gap={6}>
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-expanded={isOpen}
                  onClick={() => setOpen(isOpen ? undefined : entry.id)}
                >
                  {isOpen ? 'Hide the changes' : 'Show the changes'}
                </Button>
                {mayWrite && !isNow && entry.can_be_restored && (
                  <ConfirmAction
                    size="compact-sm"
                    leftSection={<IconArrowBackUp size={14} />}
                    disabled={isDirty}
                    isDangerous={false}
                    title="Go back to this state?"
                    body={
                      <>
                        The campaign and all its streams become what they were right after this change,{' '}
                        <Time at={entry.at} />. What was changed since stays in the history.
                      </>
                    }
                    confirm="Go back"
                    run={() => restore(entry)}
                  >
                    Go back to this
                  </ConfirmAction>
                )}
              </Group>
            </Group>
            {isOpen && <HistoryChanges campaign={campaign.id} entry={entry} before={data.items[at + 1]} />}
          </Card>
        );
      })}
      {data.total > place.size && (
        <ListFoot
          offset={offset}
          size={place.size}
          shown={entries.length}
          total={data.total}
          onPage={(page) => setPlace({ ...place, page })}
          onSize={(size) => setPlace({ page: 1, size })}
        />
      )}
    </Stack>
  );
}
