import { Stack, Text } from '@mantine/core';
import { CodeBlock } from '@/components/ui/display/code-block';
import { IdText } from '@/components/ui/display/id-text';
import { KeyValue } from '@/components/ui/display/key-value';
import { Money } from '@/components/ui/display/money';
import { Section } from '@/components/ui/display/section';
import { words } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { EntityName } from '@/components/ui/entity/entity-name';
import { SourceName } from '@/components/ui/entity/source-name';
import { DetailDrawer } from '@/components/ui/overlay/detail-drawer';
import { countryName } from '@/lib/format/country-name';
import { plural } from '@/lib/format/numbers';
import { useClickStory, type ClickStory } from '../api/click-story';
import type { Click } from '../api/list-clicks';
import { ClickFlags } from './click-columns';
import { DecisionBadge } from './decision-badge';
import { parameterEntries } from './click-parameters';
import { StoryTimeline } from './story-timeline';
import { storyEvents } from './story-events';

type Props = { clickId: string | undefined; onClose: () => void };

export function ClickDrawer({ clickId, onClose }: Props) {
  const { data: story, error, refetch } = useClickStory(clickId);
  return (
    <DetailDrawer
      isOpen={clickId !== undefined}
      onClose={onClose}
      title="Click"
      badge={story && <DecisionBadge decision={story.click.decision} />}
      isReady={story !== undefined}
      error={error}
      onRetry={() => void refetch()}
    >
      {story && <Story story={story} />}
    </DetailDrawer>
  );
}

function Story({ story }: { story: ClickStory }) {
  const { click, conversions, postbacks } = story;
  const parameters = parameterEntries(click);
  return (
    <Stack gap="lg">
      <KeyValue
        entries={[
          ['Click id', <IdText key="id" id={click.click_id} what="the click id" isWhole />],
          ['Time', <Time key="at" at={click.created_at} precision="second" />],
          ['Cost', <Money key="cost" amount={click.cost} currency={click.currency} />],
        ]}
      />
      <Section
        title="Story"
        note={`${plural(conversions.length, 'conversion')}, ${plural(postbacks.length, 'line')} of the postback log`}
      >
        <StoryTimeline events={storyEvents(story)} />
      </Section>
      <Section title="Visitor">
        <Visitor click={click} />
      </Section>
      <Section title="Parameters">
        {parameters.length > 0 ? (
          <KeyValue entries={parameters} />
        ) : (
          <Text size="sm" c="dimmed">
            None were sent.
          </Text>
        )}
        {click.unreplaced && (
          <Text size="sm" c="var(--tf-warn)">
            The source did not replace its macros in: {click.unreplaced.replaceAll(',', ', ')}
          </Text>
        )}
        {click.raw_query && <CodeBlock code={click.raw_query} what="the query as it came" />}
      </Section>
      <Section title="How it got here">
        <KeyValue
          entries={[
            ['Node', <EntityName key="node" kind="node" id={click.node_id} />],
            ['Recorded', <Time key="ingested" at={click.ingested_at} precision="second" />],
            ['Request', <IdText key="request" id={click.request_id} what="the request id" isWhole />],
            ['Event', <IdText key="event" id={click.event_id} what="the event id" isWhole />],
          ]}
        />
      </Section>
    </Stack>
  );
}

function Visitor({ click }: { click: Click }) {
  const country = click.geo_country && countryName(click.geo_country);
  const place = [click.city, click.geo_region, country].filter(Boolean).join(', ');
  return (
    <KeyValue
      entries={[
        ['Source', <SourceName key="source" id={click.source_id} name={click.source_name} />],
        ['Place', place],
        ['Provider', click.isp && (click.asn ? `${click.isp} (AS${click.asn})` : click.isp)],
        ['Device', words(click.device_type)],
        ['OS', [click.os, click.os_version].filter(Boolean).join(' ')],
        ['Browser', [click.browser, click.browser_version].filter(Boolean).join(' ')],
        ['Language', click.language],
        ['Address', click.ip || click.ip_prefix],
        ['Unique', click.is_unique ? 'yes' : 'no, seen before'],
        ['Signs', <ClickFlags key="flags" click={click} />],
        ['Bot score', `${click.bot_score} of 100${click.bot_reason ? `: ${click.bot_reason}` : ''}`],
        ['Referrer', click.referrer],
        ['User agent', click.user_agent],
      ]}
    />
  );
}
