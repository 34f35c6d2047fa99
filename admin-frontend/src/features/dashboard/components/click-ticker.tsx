/**
 * Clicks as they arrive. Holding the list stops it from moving under one's eyes; what comes meanwhile waits. Screen
 * readers hear of new clicks only when somebody asks for it.
 */
import { ActionIcon, Button, Card, Group, Text, Title, Tooltip, VisuallyHidden } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconVolume, IconVolumeOff } from '@tabler/icons-react';
import { useReducer, useState } from 'react';
import { PageLink } from '@/components/ui/display/page-link';
import { ToneBadge, words, type Tone } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { plural } from '@/lib/format/numbers';
import { countryName } from '@/lib/format/country-name';
import { useClickTail, type Arrival } from '../api/click-tail';
import { useRecentClicks, type Click } from '../api/recent-clicks';
import { EMPTY_FEED, feedAfter, mergeClicks } from './click-feed';
import classes from './dashboard.module.css';

const STATES: Record<string, { label: string; tone: Tone }> = {
  open: { label: 'Live', tone: 'good' },
  connecting: { label: 'Connecting', tone: 'neutral' },
  waiting: { label: 'Reconnecting', tone: 'warn' },
};

const DECISIONS: Record<string, Tone> = {
  routed: 'good',
  landing_click: 'good',
  reported: 'info',
  trafficback: 'warn',
  fallback: 'warn',
};

export function ClickTicker() {
  const recent = useRecentClicks();
  const [feed, dispatch] = useReducer(feedAfter, EMPTY_FEED);
  const [isSpoken, setSpoken] = useState(false);
  const { state, refusal } = useClickTail((arrival: Arrival) => dispatch({ kind: 'arrived', arrival }));
  const clicks = mergeClicks(feed.shown, recent.data?.items ?? []);
  const waiting = feed.waiting.length + feed.skipped;
  const status = STATES[state];

  return (
    <Card padding={0}>
      <Group justify="space-between" px="md" py="xs" wrap="nowrap">
        <Group gap="xs" wrap="nowrap">
          <Title order={2} fz={14}>
            Live clicks
          </Title>
          {feed.isHeld ? (
            <ToneBadge tone="neutral">Held</ToneBadge>
          ) : (
            status && (
              <ToneBadge tone={refusal ? 'bad' : status.tone}>{refusal ? 'Off' : status.label}</ToneBadge>
            )
          )}
        </Group>
        <Group gap={2} wrap="nowrap">
          <Tooltip label={isSpoken ? 'Stop announcing clicks' : 'Announce clicks to screen readers'}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label="Announce clicks to screen readers"
              aria-pressed={isSpoken}
              onClick={() => setSpoken(!isSpoken)}
            >
              {isSpoken ? <IconVolume size={16} /> : <IconVolumeOff size={16} />}
            </ActionIcon>
          </Tooltip>
          <Tooltip label={feed.isHeld ? 'Go on' : 'Hold the list'}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={feed.isHeld ? 'Go on with live clicks' : 'Hold the live clicks'}
              onClick={() => dispatch({ kind: feed.isHeld ? 'released' : 'held' })}
            >
              {feed.isHeld ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      {feed.isHeld && waiting > 0 && (
        <Button variant="light" size="compact-sm" fullWidth onClick={() => dispatch({ kind: 'released' })}>
          Show {plural(waiting, 'new click')}
        </Button>
      )}
      {/* Scrolls, so it can be reached by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ul className={classes.ticker} aria-label="Latest clicks" tabIndex={0}>
        {recent.isPending && (
          <li>
            <ListSkeleton rows={6} />
          </li>
        )}
        {!recent.isPending && clicks.length === 0 && (
          <Text component="li" size="sm" c="dimmed" px="md" py="sm">
            {refusal ?? 'No click yet. The first one appears here within a second or two.'}
          </Text>
        )}
        {clicks.map((click) => (
          <ClickLine key={click.event_id} click={click} />
        ))}
      </ul>
      <VisuallyHidden aria-live={isSpoken && !feed.isHeld ? 'polite' : 'off'}>
        {feed.shown[0] &&
          `New click on ${campaignOf(feed.shown[0])} from ${countryName(feed.shown[0].geo_country)}`}
      </VisuallyHidden>
      <Group justify="space-between" px="md" py={6} style={{ borderTop: '1px solid var(--tf-line)' }}>
        <Text size="xs" c="dimmed">
          {feed.passedOver > 0
            ? `${plural(feed.passedOver, 'more click')} came too fast to list`
            : 'The latest 50'}
        </Text>
        <PageLink to="/clicks">Click log</PageLink>
      </Group>
    </Card>
  );
}

function campaignOf({ campaign_name, campaign_id }: Click): string {
  return campaign_name ?? (campaign_id ? 'Deleted campaign' : 'No campaign');
}

function ClickLine({ click }: { click: Click }) {
  const { city, geo_country, destination_name, decision, is_bot } = click;
  const where = [geo_country && countryName(geo_country), city].filter(Boolean).join(', ') || 'Unknown place';
  return (
    <li className={classes.click}>
      <Text size="sm" fw={500} truncate>
        {campaignOf(click)}
      </Text>
      <Text size="xs" c="dimmed" component="span" ta="right">
        <Ago at={click.created_at} />
      </Text>
      <Text size="xs" c="dimmed" truncate>
        {where}
        {destination_name && ` → ${destination_name}`}
      </Text>
      {is_bot ? (
        <ToneBadge tone="bad">Bot</ToneBadge>
      ) : (
        <ToneBadge tone={DECISIONS[decision] ?? 'bad'}>{words(decision)}</ToneBadge>
      )}
    </li>
  );
}
