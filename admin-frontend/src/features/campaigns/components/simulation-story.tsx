/** The decision on a simulated click, told in the order in which it was made. */
import { Anchor, Group, Text, Timeline } from '@mantine/core';
import { IconCheck, IconFlag, IconLogin2, IconMinus, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { CopyButton } from '@/components/ui/display/copy-button';
import { EntityName } from '@/components/ui/entity/entity-name';
import { StatusBadge, words, type Tone } from '@/components/ui/display/status-badge';
import type { Simulated } from '../api/simulate';
import type { Flow, StreamOutcome } from '../model/flow';

const ICONS: Record<StreamOutcome['kind'], ReactNode> = {
  taken: <IconCheck size={12} />,
  unserved: <IconMinus size={12} />,
  failed: <IconX size={12} />,
  'not-asked': <IconMinus size={12} />,
};
const COLORS: Record<StreamOutcome['kind'], string> = {
  taken: 'teal',
  unserved: 'yellow',
  failed: 'red',
  'not-asked': 'gray',
};
const DECISIONS: Record<Simulated['decision'], { words: string; tone: Tone }> = {
  routed: { words: 'Goes where a stream sends it', tone: 'good' },
  trafficback: { words: 'Goes to trafficback', tone: 'warn' },
  fallback: { words: 'Goes to the fallback', tone: 'warn' },
  no_route: { words: 'Goes nowhere: 404', tone: 'bad' },
  blocked: { words: 'Is blocked', tone: 'bad' },
  trafficback_limit: { words: 'Came back too often: 429', tone: 'bad' },
  landing_click: { words: 'Goes on from its landing page', tone: 'good' },
  reported: { words: 'Is only recorded', tone: 'info' },
};

export function SimulationStory({ simulated, flow }: { simulated: Simulated; flow: Flow }) {
  const { decision, reason, url, destination_id, is_active } = simulated;
  const told = DECISIONS[decision];
  return (
    <div role="status" aria-label="The decision">
      <Group gap="xs" mb="sm">
        <StatusBadge status={told.words} tone={told.tone} />
        {reason && (
          <Text size="sm" c="dimmed">
            {words(reason)}
          </Text>
        )}
      </Group>
      <Timeline bulletSize={22} lineWidth={2} active={flow.streams.length + 1} color="gray">
        <Timeline.Item
          bullet={<IconLogin2 size={12} />}
          title={
            <Text size="sm">
              {is_active
                ? 'The campaign takes the click'
                : 'The campaign is not active: real clicks are not routed'}
            </Text>
          }
        />
        {flow.streams.map(({ id, order, name: stream, outcome, targets, landings }) =>
          outcome ? (
            <Timeline.Item
              key={id}
              bullet={ICONS[outcome.kind]}
              color={COLORS[outcome.kind]}
              title={
                <Text size="sm" fw={550}>
                  {order}. {stream}
                </Text>
              }
            >
              <Text size="sm">{outcome.words}</Text>
              {[...landings, ...targets].map((target, at) =>
                target.outcome ? (
                  <Text key={at} size="xs" c={target.outcome.isChosen ? 'var(--tf-good)' : 'dimmed'}>
                    {target.name}:{' '}
                    {target.outcome.isChosen ? 'chosen' : (target.outcome.skipped ?? '').toLowerCase()}
                  </Text>
                ) : null,
              )}
            </Timeline.Item>
          ) : null,
        )}
        <Timeline.Item
          bullet={<IconFlag size={12} />}
          title={
            <Text size="sm" fw={550}>
              {destination_id ? (
                <EntityName kind="destination" id={destination_id} isLink={false} />
              ) : (
                'No destination'
              )}
            </Text>
          }
        >
          {url && (
            <Group gap={4} wrap="nowrap" align="flex-start">
              <Anchor
                href={url}
                target="_blank"
                rel="noreferrer noopener"
                size="xs"
                style={{ overflowWrap: 'anywhere' }}
              >
                {url}
              </Anchor>
              <CopyButton value={url} what="the URL" />
            </Group>
          )}
        </Timeline.Item>
      </Timeline>
      <Text size="xs" c="dimmed" mt="xs">
        By the code that nodes run, with nothing counted: caps are empty, every destination is taken for
        healthy, nobody was here before.
      </Text>
    </div>
  );
}
