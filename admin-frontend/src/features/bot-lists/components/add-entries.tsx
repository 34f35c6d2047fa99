/** Adds many lines at once. Wrong ones are named, each by its number, and nothing is added until they are mended. */
import { Alert, Button, Card, Group, List, Stack, Text, Title } from '@mantine/core';
import { GrowingTextarea } from '@/components/ui/form/growing-textarea';
import { useState } from 'react';
import { notifyDone } from '@/components/ui/feedback/notify';
import { MONOSPACE } from '@/components/ui/form/monospace';
import { ApiError, errorMessage } from '@/lib/api/error';
import { plural } from '@/lib/format/numbers';
import { useAddEntries } from '../api/add-entries';
import type { BotList } from '../api/bot-lists';
import { lineErrors } from './entries';

const SHOWN = 20;

export function AddEntries({ list, onDone }: { list: BotList; onDone: () => void }) {
  const [text, setText] = useState('');
  const { mutate: add, isPending, error, reset } = useAddEntries();
  const wrong = error instanceof ApiError ? lineErrors(text, error.fields) : [];

  return (
    <Card>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add(
            { list, text },
            {
              onSuccess: ({ changed }) => {
                notifyDone(
                  changed === 0
                    ? 'All of them were there already'
                    : `${plural(changed, 'entry', 'entries')} added`,
                );
                setText('');
                onDone();
              },
            },
          );
        }}
      >
        <Stack gap="sm">
          <div>
            <Title order={2}>Add entries</Title>
            <Text size="sm" c="dimmed">
              One a line: an address or a CIDR, AS and a number, or else a part of a User-Agent. Lines that
              begin with # are passed over.
            </Text>
          </div>
          <GrowingTextarea
            aria-label="Entries, one a line"
            minRows={4}
            maxRows={16}
            styles={MONOSPACE}
            data-autofocus
            placeholder={'192.0.2.0/24\nAS64500\nHeadlessChrome'}
            value={text}
            error={wrong.length > 0}
            onChange={(event) => {
              setText(event.currentTarget.value);
              reset();
            }}
          />
          {error && (
            <Alert color="red" variant="light" role="alert" title="Nothing was added">
              {wrong.length === 0 ? (
                errorMessage(error)
              ) : (
                <List size="sm">
                  {wrong.slice(0, SHOWN).map(({ line, text: typed, error: said }, at) => (
                    <List.Item key={at}>
                      {line === undefined ? said : `Line ${line}, “${typed ?? ''}”: ${said}`}
                    </List.Item>
                  ))}
                  {wrong.length > SHOWN && <List.Item>and {wrong.length - SHOWN} more</List.Item>}
                </List>
              )}
            </Alert>
          )}
          <Group gap="xs" justify="flex-end">
            <Button variant="default" onClick={onDone}>
              Cancel
            </Button>
            <Button type="submit" loading={isPending} disabled={text.trim() === ''}>
              Add to the list
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
