import { Text, Timeline } from '@mantine/core';
import {
  IconArrowForwardUp,
  IconArrowRight,
  IconCoin,
  IconPointer,
  IconWebhook,
  type Icon,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { TextLink } from '@/components/ui/display/links';
import { Money } from '@/components/ui/display/money';
import { StatusBadge, ToneBadge, words } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { CallTarget } from '@/components/ui/entity/call-target';
import { EntityName } from '@/components/ui/entity/entity-name';
import type { Click } from '../api/list-clicks';
import type { StoryEvent } from './story-events';
import classes from './story.module.css';

const ICONS: Record<StoryEvent['kind'], Icon> = {
  click: IconPointer,
  second_step: IconArrowRight,
  trafficback: IconArrowForwardUp,
  conversion: IconCoin,
  postback: IconWebhook,
};

export function StoryTimeline({ events }: { events: StoryEvent[] }) {
  return (
    <Timeline
      bulletSize={22}
      lineWidth={2}
      active={events.length}
      classNames={{ itemBullet: classes.bullet }}
    >
      {events.map((event) => {
        const Sign = ICONS[event.kind];
        return (
          <Timeline.Item
            key={event.key}
            bullet={<Sign size={13} aria-hidden />}
            title={
              <Text span size="sm" fw={550} className={classes.line}>
                <StoryTitle event={event} />
              </Text>
            }
          >
            <Text size="sm" component="div">
              <StoryDetail event={event} />
            </Text>
            <Text size="xs" c="dimmed">
              <Time at={event.at} precision="second" />
            </Text>
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}

function StoryTitle({ event }: { event: StoryEvent }): ReactNode {
  switch (event.kind) {
    case 'click':
      return `Clicked: ${words(event.click.decision).toLowerCase()}`;
    case 'second_step':
      return 'From the landing page on';
    case 'trafficback':
      return `Not routed: ${words(event.trafficback.reason).toLowerCase()}`;
    case 'conversion': {
      const { version, event_type } = event.conversion;
      return (
        <>
          {event.version.version === 1
            ? 'Conversion'
            : `Conversion, version ${event.version.version} of ${version}`}
          {event_type && ` “${event_type}”`} <StatusBadge status={event.version.status} />
        </>
      );
    }
    case 'postback': {
      const { direction, status, is_replay } = event.postback;
      return (
        <>
          {direction === 'inbound' ? 'Postback came in' : 'Call went out'}{' '}
          <StatusBadge status={status} tone={event.tone === 'bad' ? 'bad' : undefined} />
          {is_replay && <ToneBadge tone="info">Replay</ToneBadge>}
        </>
      );
    }
  }
}

function Route({ click }: { click: Click }) {
  const { campaign_id, campaign_name, stream_id, stream_name, landing_id, landing_name } = click;
  const { destination_id, destination_name } = click;
  return (
    <span className={classes.route}>
      <EntityName kind="campaign" id={campaign_id} name={campaign_name} />
      {stream_id && <span>→ {stream_name ?? 'a deleted stream'}</span>}
      {landing_id && (
        <span>
          → <EntityName kind="landing" id={landing_id} name={landing_name} />
        </span>
      )}
      <span>
        →{' '}
        {destination_id ? (
          <EntityName kind="destination" id={destination_id} name={destination_name} />
        ) : (
          'nowhere'
        )}
      </span>
    </span>
  );
}

function StoryDetail({ event }: { event: StoryEvent }): ReactNode {
  switch (event.kind) {
    case 'click':
    case 'second_step':
      return <Route click={event.click} />;
    case 'trafficback': {
      const { destination_id, depth, visited_destinations } = event.trafficback;
      return (
        <>
          Sent to {destination_id ? <EntityName kind="destination" id={destination_id} /> : 'nowhere'}
          {depth > 0 && `, round ${depth}`}
          {visited_destinations && `; had been through ${visited_destinations.replaceAll(',', ', ')}`}
        </>
      );
    }
    case 'conversion': {
      const { payout, currency, raw_status } = event.version;
      const { id, network_id, network_name } = event.conversion;
      return (
        <>
          <Money amount={payout} currency={currency} /> from{' '}
          <EntityName kind="network" id={network_id} name={network_name} />
          {raw_status && `, which said “${raw_status}”`} ·{' '}
          <TextLink to="/conversions" search={{ open: id }}>
            Open
          </TextLink>
        </>
      );
    }
    case 'postback': {
      const { direction, network_id, network_name, target_id, http_status, error, attempt, click_id } =
        event.postback;
      return (
        <>
          {direction === 'inbound' ? (
            <EntityName kind="network" id={network_id} name={network_name} />
          ) : (
            <>
              To <CallTarget id={target_id} />
              {attempt > 1 && `, attempt ${attempt}`}
            </>
          )}
          {http_status > 0 && ` · HTTP ${http_status}`}
          {error && <span className={classes.error}> · {error}</span>} ·{' '}
          <TextLink to="/postbacks" search={{ filters: { click_id } }}>
            Log
          </TextLink>
        </>
      );
    }
  }
}
