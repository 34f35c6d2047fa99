import { Button, Card, Code, FileButton, Group, Stack, Text } from '@mantine/core';
import { GrowingTextarea } from '@/components/ui/form/growing-textarea';
import { IconUpload } from '@tabler/icons-react';
import { useState } from 'react';
import { MONOSPACE } from '@/components/ui/form/monospace';
import { errorMessage } from '@/lib/api/error';
import type { CostUpdate } from '../api/cost-update';
import { useUpdateCosts } from '../api/update-costs';

const MAX_BYTES = 4 * 1024 * 1024;
const HEADER = 'campaign_id,source_id,from,to,timezone,currency,total,cpc';

export function CostCsv({ onSent }: { onSent: (update: CostUpdate) => void }) {
  const [text, setText] = useState('');
  const [tooLarge, setTooLarge] = useState<string>();
  // Of this text: a repeat after a lost answer is answered as the first one was.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const { mutate: update, isPending, error, reset } = useUpdateCosts();

  function change(next: string) {
    setText(next);
    setKey(crypto.randomUUID());
    setTooLarge(undefined);
    reset();
  }

  async function read(file: File | null) {
    if (!file) return;
    if (file.size > MAX_BYTES) return setTooLarge(`${file.name} is larger than 4 MB`);
    change(await file.text());
  }

  const wrong = tooLarge ?? (error ? errorMessage(error) : undefined);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        update({ body: text, key }, { onSuccess: onSent });
      }}
    >
      <Stack gap="md">
        <Card>
          <Stack gap="sm">
            <Text size="sm" c="dimmed">
              A header line, then a row for each cost, up to 10,000: <Code>{HEADER}</Code>. Either total or
              cpc; other columns, such as country or sub1, are filters. Times without an offset are in the
              row’s timezone, UTC without one.
            </Text>
            <GrowingTextarea
              aria-label="CSV"
              minRows={6}
              maxRows={20}
              styles={MONOSPACE}
              wrap="off"
              placeholder={HEADER}
              value={text}
              error={wrong}
              onChange={(event) => change(event.currentTarget.value)}
            />
            <FileButton accept=".csv,text/csv,text/plain" onChange={(file) => void read(file)}>
              {(props) => (
                <Button {...props} variant="default" w="fit-content" leftSection={<IconUpload size={16} />}>
                  Read a file
                </Button>
              )}
            </FileButton>
          </Stack>
        </Card>
        <Group justify="flex-end">
          <Button type="submit" loading={isPending} disabled={text.trim() === ''}>
            Set the costs
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
