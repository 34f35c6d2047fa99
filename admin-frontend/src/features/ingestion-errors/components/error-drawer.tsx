import { Alert, Button, Group, JsonInput, List, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { CodeBlock } from '@/components/ui/display/code-block';
import { KeyValue } from '@/components/ui/display/key-value';
import { HiddenMoney } from '@/components/ui/display/money';
import { Section } from '@/components/ui/display/section';
import { Time } from '@/components/ui/display/time';
import { EntityName } from '@/components/ui/entity/entity-name';
import { May } from '@/components/ui/feedback/may';
import { notifyDone } from '@/components/ui/feedback/notify';
import { ConfirmAction } from '@/components/ui/overlay/confirm-action';
import { DetailDrawer } from '@/components/ui/overlay/detail-drawer';
import { ApiError, errorMessage } from '@/lib/api/error';
import { formatCount } from '@/lib/format/numbers';
import { useDismissIngestionError } from '../api/dismiss-ingestion-error';
import { useIngestionError } from '../api/ingestion-error';
import type { IngestionError } from '../api/list-ingestion-errors';
import { useReingest } from '../api/reingest-ingestion-error';
import { ErrorState } from './error-columns';
import { indented, readMessage } from './message';
import { topicName } from './topics';

type Props = { id: string | undefined; onClose: () => void };

export function ErrorDrawer({ id, onClose }: Props) {
  const { data, error, refetch } = useIngestionError(id);
  return (
    <DetailDrawer
      isOpen={id !== undefined}
      onClose={onClose}
      title="Ingestion error"
      badge={data && <ErrorState state={data.state} />}
      isReady={data !== undefined}
      error={error}
      onRetry={() => void refetch()}
      size={720}
    >
      {data && <Details key={data.id} error={data} onClose={onClose} />}
    </DetailDrawer>
  );
}

function Details({ error, onClose }: { error: IngestionError; onClose: () => void }) {
  return (
    <Stack gap="lg">
      <KeyValue
        entries={[
          ['Time', <Time key="at" at={error.observed_at} precision="second" />],
          ['Topic', topicName(error.topic)],
          ['Node', error.node_id ? <EntityName key="node" kind="node" id={error.node_id} /> : 'not said'],
          [
            'Place',
            error.partition < 0
              ? `line ${formatCount(error.offset)} of its batch`
              : `partition ${error.partition}, offset ${error.offset}`,
          ],
          ['Handled', error.handled_at && <Time key="handled" at={error.handled_at} precision="second" />],
          ['By', error.handled_by],
        ]}
      />
      <Section title="Error">
        {error.error === null || error.error === undefined ? (
          <HiddenMoney />
        ) : (
          <Text size="sm" c="var(--tf-bad)" style={{ overflowWrap: 'anywhere' }}>
            {error.error}
          </Text>
        )}
      </Section>
      {error.raw_message === null || error.raw_message === undefined ? (
        <Section title="Message">
          <HiddenMoney />
        </Section>
      ) : (
        <Message id={error.id} raw={error.raw_message} state={error.state ?? 'new'} onDone={onClose} />
      )}
    </Stack>
  );
}

type MessageProps = { id: string; raw: string; state: string; onDone: () => void };

function Message({ id, raw, state, onDone }: MessageProps) {
  const first = indented(raw);
  const [text, setText] = useState(first);
  const { mutate, error, isPending } = useReingest();
  const { mutateAsync: dismiss } = useDismissIngestionError();
  const read = readMessage(text);
  const isRepaired = text !== first;
  const fields = error instanceof ApiError ? error.fields : [];

  function send() {
    mutate(
      { id, message: isRepaired && 'message' in read ? read.message : undefined },
      {
        onSuccess: () => {
          notifyDone('Put in again');
          onDone();
        },
      },
    );
  }

  if (state === 'reingested') {
    return (
      <Section title="Message">
        <CodeBlock code={first} what="the message" />
      </Section>
    );
  }
  return (
    <Section title="Message">
      <May permission="operate">
        <JsonInput
          label="The event, to be repaired"
          description="Its identity (event_id, node_id, node_epoch, node_seq, workspace_id) stays what it was"
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
          autosize
          minRows={10}
          maxRows={24}
          value={text}
          onChange={setText}
          error={isRepaired && 'problem' in read ? read.problem : undefined}
        />
        {error && (
          <Alert color="red" variant="light" role="alert" title="Not put in">
            {fields.length > 0 ? (
              <List size="sm">
                {fields.map(({ field, error: wrong }) => (
                  <List.Item key={field}>
                    {field}: {wrong}
                  </List.Item>
                ))}
              </List>
            ) : (
              errorMessage(error)
            )}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          {isRepaired && (
            <Button variant="subtle" color="gray" onClick={() => setText(first)}>
              As it came
            </Button>
          )}
          {state === 'new' && (
            <ConfirmAction
              title="Dismiss this message?"
              body="It will not be put in again with the others. It stays in the list, and can still be put in by hand."
              confirm="Dismiss"
              run={async () => {
                await dismiss(id);
                onDone();
              }}
            >
              Dismiss
            </ConfirmAction>
          )}
          <Button loading={isPending} disabled={isRepaired && 'problem' in read} onClick={send}>
            {isRepaired ? 'Put in repaired' : 'Put in as it came'}
          </Button>
        </Group>
      </May>
    </Section>
  );
}
