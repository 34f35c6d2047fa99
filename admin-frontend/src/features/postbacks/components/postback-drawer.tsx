import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconRepeat } from '@tabler/icons-react';
import { useState } from 'react';
import { IdText } from '@/components/ui/display/id-text';
import { KeyValue } from '@/components/ui/display/key-value';
import { TextLink } from '@/components/ui/display/links';
import { Section } from '@/components/ui/display/section';
import { ToneBadge } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { EntityName } from '@/components/ui/entity/entity-name';
import { May } from '@/components/ui/feedback/may';
import { DetailDrawer } from '@/components/ui/overlay/detail-drawer';
import { errorMessage } from '@/lib/api/error';
import { formatDuration } from '@/lib/format/numbers';
import type { PostbackLog } from '../api/list-postback-logs';
import { useReplayPostback } from '../api/replay-postback';
import { PayloadView } from './payload-view';
import { Direction, OtherSide, PostbackStatus } from './postback-columns';

type Props = { log: PostbackLog | undefined; onClose: () => void };

export function PostbackDrawer({ log, onClose }: Props) {
  const [last, setLast] = useState(log);
  // It stays what it was while the drawer closes.
  if (log && log !== last) setLast(log);
  const shown = log ?? last;
  return (
    <DetailDrawer
      isOpen={log !== undefined}
      onClose={onClose}
      title={shown?.direction === 'outbound' ? 'Call that went out' : 'Postback that came in'}
      badge={shown && <PostbackStatus status={shown.status} />}
      isReady={shown !== undefined}
    >
      {shown && <Details key={shown.event_id} log={shown} />}
    </DetailDrawer>
  );
}

function Details({ log }: { log: PostbackLog }) {
  const { postback_id, click_id, transaction_id, conversion_id, replay_of } = log;
  return (
    <Stack gap="lg">
      <KeyValue
        entries={[
          ['Time', <Time key="at" at={log.created_at} precision="second" />],
          ['Direction', <Direction key="direction" direction={log.direction} />],
          [log.direction === 'outbound' ? 'To' : 'From', <OtherSide key="other" log={log} />],
          ['HTTP status', log.http_status || 'no answer'],
          ['Attempt', log.attempt || undefined],
          ['Took', log.attempt > 0 ? formatDuration(log.latency_ms) : undefined],
          [
            'Error',
            log.error && (
              <Text key="error" span size="sm" c="var(--tf-bad)">
                {log.error}
              </Text>
            ),
          ],
          [
            'Transaction id',
            transaction_id && <IdText key="t" id={transaction_id} what="the transaction id" isWhole />,
          ],
          ['Click id', click_id && <IdText key="c" id={click_id} what="the click id" isWhole />],
          ['Postback id', <IdText key="p" id={postback_id} what="the postback id" isWhole />],
          [
            'Replay',
            log.is_replay && (
              <ToneBadge key="r" tone="info">
                A replay
              </ToneBadge>
            ),
          ],
          [
            'Repeats',
            replay_of && <IdText key="of" id={replay_of} what="the id of the first postback" isWhole />,
          ],
          ['Node', <EntityName key="node" kind="node" id={log.node_id} />],
        ]}
      />
      <Group gap="md">
        {click_id && (
          <TextLink to="/clicks" search={{ open: click_id }}>
            The click
          </TextLink>
        )}
        {conversion_id && (
          <TextLink to="/conversions" search={{ open: conversion_id }}>
            The conversion
          </TextLink>
        )}
        <TextLink to="/postbacks" search={{ filters: { postback_id } }}>
          All lines of it
        </TextLink>
      </Group>
      <Section title="As it was">
        <PayloadView payload={log.raw_payload} />
      </Section>
      <May permission="operate">
        <Replay log={log} />
      </May>
    </Stack>
  );
}

function Replay({ log }: { log: PostbackLog }) {
  const { mutate, data, error, isPending } = useReplayPostback();
  const isOutbound = log.direction === 'outbound';
  return (
    <Section title="Do it again">
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" c="dimmed">
          {isOutbound
            ? 'The call is made again, under the same idempotency key when it had been given up.'
            : 'Goes through the intake again, as if the network had sent it now. A repeat changes nothing.'}
        </Text>
        <Button
          variant="default"
          miw={110}
          leftSection={<IconRepeat size={16} />}
          loading={isPending}
          onClick={() => mutate(log.event_id)}
        >
          Replay
        </Button>
      </Group>
      <div role="status">
        {error && (
          <Alert color="red" variant="light" title="Not replayed">
            {errorMessage(error)}
          </Alert>
        )}
        {data && (
          <Alert variant="light" color={data.errors.length > 0 ? 'red' : 'teal'} title="Replayed">
            <Stack gap={6}>
              <Group gap="xs">
                <PostbackStatus status={data.status} />
                {data.conversion_id && (
                  <TextLink to="/conversions" search={{ open: data.conversion_id }}>
                    The conversion
                  </TextLink>
                )}
                <TextLink to="/postbacks" search={{ filters: { postback_id: data.postback_id } }}>
                  Its lines in the log
                </TextLink>
              </Group>
              {data.errors.map(({ field, error: wrong }) => (
                <Text key={field} size="sm">
                  {field}: {wrong}
                </Text>
              ))}
            </Stack>
          </Alert>
        )}
      </div>
    </Section>
  );
}
