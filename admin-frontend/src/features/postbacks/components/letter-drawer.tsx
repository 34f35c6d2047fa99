import { Button, Group, Stack, Text } from '@mantine/core';
import { IconRepeat } from '@tabler/icons-react';
import { useState } from 'react';
import { IdText } from '@/components/ui/display/id-text';
import { KeyValue } from '@/components/ui/display/key-value';
import { TextLink } from '@/components/ui/display/links';
import { Section } from '@/components/ui/display/section';
import { words } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { EntityName } from '@/components/ui/entity/entity-name';
import { May } from '@/components/ui/feedback/may';
import { notifyFailure } from '@/components/ui/feedback/notify';
import { DetailDrawer } from '@/components/ui/overlay/detail-drawer';
import type { DeadLetter } from '../api/list-dead-letters';
import { LetterTarget } from './letter-columns';
import { PayloadView } from './payload-view';

type Props = {
  letter: DeadLetter | undefined;
  onClose: () => void;
  onRetry: (key: string) => Promise<void>;
};

export function LetterDrawer({ letter, onClose, onRetry }: Props) {
  const [last, setLast] = useState(letter);
  if (letter && letter !== last) setLast(letter);
  const shown = letter ?? last;
  const [isRunning, setRunning] = useState(false);

  async function retry(key: string) {
    setRunning(true);
    try {
      await onRetry(key);
      onClose();
    } catch (error) {
      notifyFailure('Not retried', error);
    } finally {
      setRunning(false);
    }
  }

  const isInbound = shown?.target_kind === 'inbound_postback';
  const key = shown?.key;
  return (
    <DetailDrawer
      isOpen={letter !== undefined}
      onClose={onClose}
      title={isInbound ? 'Postback set aside' : 'Call that was given up'}
      isReady={shown !== undefined}
    >
      {shown && (
        <Stack gap="lg">
          <KeyValue
            entries={[
              ['Kind', words(shown.target_kind ?? '')],
              [isInbound ? 'From' : 'To', <LetterTarget key="target" letter={shown} />],
              ['HTTP status', shown.http_status || 'no answer'],
              [
                'Why',
                <Text key="error" span size="sm" c="var(--tf-bad)">
                  {shown.error}
                </Text>,
              ],
              ['Attempts', shown.attempts],
              ['Received', shown.received_at && <Time key="r" at={shown.received_at} precision="second" />],
              ['First tried', shown.created_at && <Time key="c" at={shown.created_at} precision="second" />],
              [
                isInbound ? 'Set aside' : 'Given up',
                shown.died_at && <Time key="d" at={shown.died_at} precision="second" />,
              ],
              ['Network', shown.network_id && <EntityName key="n" kind="network" id={shown.network_id} />],
              [
                'Transaction id',
                shown.transaction_id && (
                  <IdText key="t" id={shown.transaction_id} what="the transaction id" isWhole />
                ),
              ],
              [
                'Click id',
                shown.click_id && <IdText key="cl" id={shown.click_id} what="the click id" isWhole />,
              ],
              ['Node', shown.node],
            ]}
          />
          <Group gap="md">
            {shown.click_id && (
              <TextLink to="/clicks" search={{ open: shown.click_id }}>
                The click
              </TextLink>
            )}
            {shown.conversion_id && (
              <TextLink to="/conversions" search={{ open: shown.conversion_id }}>
                The conversion
              </TextLink>
            )}
          </Group>
          <Section title="As it was">
            <PayloadView
              payload={isInbound ? shown.raw_payload : shown.url && `${shown.method ?? ''} ${shown.url}`}
            />
          </Section>
          {key && (
            <May permission="operate">
              <Button
                w="fit-content"
                leftSection={<IconRepeat size={16} />}
                loading={isRunning}
                onClick={() => void retry(key)}
              >
                Retry
              </Button>
            </May>
          )}
        </Stack>
      )}
    </DetailDrawer>
  );
}
