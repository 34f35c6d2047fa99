/** What is known of a destination, where this campaign uses it, and the way to its form. */
import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { KeyValue } from '@/components/ui/display/key-value';
import { StatusBadge, words } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import { Notice } from '@/components/ui/feedback/pages';
import { WeekWords } from '@/components/ui/routing/week-grid';
import { weekOf } from '@/lib/routing/week';
import { useDestinations } from '../api/list-destinations';
import type { Flow } from '../model/flow';
import type { Selection } from '../model/selection';
import { CapUsage } from '@/components/ui/destination/cap-usage';
import { useDestinationDialog } from './destination-dialog';

type Props = { id: string; flow: Flow; onSelect: (selection: Selection) => void };

export function DestinationPanel({ id, flow, onSelect }: Props) {
  const destination = useDestinations().get(id);
  const dialog = useDestinationDialog();
  const users = flow.streams.filter(({ targets, landings }) =>
    [...targets, ...landings].some((target) => target.id === id),
  );
  if (!destination) {
    return (
      <Notice title={id ? 'It does not exist' : 'None chosen yet'}>
        Choose another one in the stream that sends clicks there.
      </Notice>
    );
  }
  const { health, schedule, geo, device_types, redirect, kind, url, status, health_check } = destination;
  return (
    <Stack gap="md">
      <Group justify="space-between" wrap="nowrap">
        <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
          {destination.name}
        </Text>
        <StatusBadge status={status} />
      </Group>
      <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {url}
      </Code>
      <KeyValue
        entries={[
          ['Kind', words(kind)],
          ['Redirect', words(redirect)],
          [
            'Health',
            health_check.enabled ? (
              <Group key="health" gap={6}>
                <StatusBadge status={health.current} />
                {health.since && (
                  <Text size="xs" c="dimmed">
                    since <Ago at={health.since} />
                  </Text>
                )}
              </Group>
            ) : (
              'Not probed'
            ),
          ],
          ['Only countries', (geo.allow ?? []).join(', ')],
          ['Never countries', (geo.block ?? []).join(', ')],
          ['Only devices', device_types.map(words).join(', ')],
          [
            'Open',
            schedule ? (
              <div key="schedule">
                <WeekWords week={weekOf(schedule.windows)} />
                <Text size="xs" c="dimmed">
                  in {schedule.timezone}
                </Text>
              </div>
            ) : (
              'Always'
            ),
          ],
        ]}
      />
      <CapUsage destination={destination} />
      <div>
        <Text size="sm" fw={500} mb={4}>
          Streams that send clicks there
        </Text>
        <Group gap={6}>
          {users.map((stream) => (
            <Button
              key={stream.id}
              size="compact-sm"
              variant="default"
              onClick={() => onSelect({ kind: 'stream', stream: stream.id })}
            >
              {stream.order}. {stream.name}
            </Button>
          ))}
        </Group>
      </div>
      <Button leftSection={<IconPencil size={16} />} w="fit-content" onClick={() => dialog.edit(id)}>
        Edit URL, caps, schedule
      </Button>
      {dialog.element}
    </Stack>
  );
}
