/** A file is chosen, tried without writing anything, looked at, and only then taken in. */
import { Alert, Button, Card, FileInput, Group, Stack, Text, Title } from '@mantine/core';
import { IconCheck, IconFileImport } from '@tabler/icons-react';
import { useState } from 'react';
import { Time } from '@/components/ui/display/time';
import { useAsk } from '@/components/ui/overlay/ask';
import { useMe } from '@/lib/session/me';
import { useImportWorkspace, type ImportAnswer, type WorkspaceFile } from '../api/import-workspace';
import { ImportErrors } from './import-errors';
import { ImportResult } from './import-result';
import { readWorkspaceFile } from './read-file';

export function ImportCard() {
  const [chosen, setChosen] = useState<File | null>(null);
  const [unreadable, setUnreadable] = useState<string>();
  const [file, setFile] = useState<WorkspaceFile>();
  const [answer, setAnswer] = useState<ImportAnswer>();
  const { mutateAsync: run, isPending, error, reset } = useImportWorkspace();
  const workspace = useMe()?.workspace?.name ?? '';
  const ask = useAsk();

  function clear() {
    setUnreadable(undefined);
    setFile(undefined);
    setAnswer(undefined);
    reset();
  }

  async function choose(next: File | null) {
    clear();
    setChosen(next);
    if (!next) return;
    let read: WorkspaceFile;
    try {
      read = readWorkspaceFile(await next.text());
    } catch (refused) {
      setUnreadable(refused instanceof Error ? refused.message : 'It cannot be read.');
      return;
    }
    setFile(read);
    // What is wrong is shown from the mutation's error.
    await run({ file: read, mode: 'dry_run' }).then(setAnswer, () => undefined);
  }

  async function take() {
    if (!file || !answer) return;
    const isSure = await ask({
      title: `Import into “${workspace}”?`,
      body: 'What the file has and the workspace too is overwritten by the file. Nothing is deleted. The audit log keeps what was before.',
      confirm: 'Import',
      isDangerous: answer.items.some(({ outcome }) => outcome === 'updated'),
    });
    if (isSure) await run({ file, mode: 'merge' }).then(setAnswer, () => undefined);
  }

  const isTaken = answer?.mode === 'merge';
  const changes = answer?.items.filter(({ outcome }) => outcome !== 'unchanged').length ?? 0;
  const hasWork = changes > 0 || (answer?.rates ?? 0) > 0;

  return (
    <Card>
      <Stack gap="md">
        <div>
          <Title order={2}>Import</Title>
          <Text size="sm" c="dimmed">
            An exported file, of this or another installation. First it is only tried; nothing is written
            before you say so.
          </Text>
        </div>
        <FileInput
          label="File"
          placeholder="Choose a JSON file"
          accept="application/json,.json"
          leftSection={<IconFileImport size={16} aria-hidden />}
          maw={460}
          clearable
          clearButtonProps={{ 'aria-label': 'Take the file away' }}
          value={chosen}
          onChange={(next) => void choose(next)}
          error={unreadable}
        />
        {file && (
          <Text size="sm" c="dimmed" role="status">
            “{file.workspace.name}”, exported <Time at={file.exported_at} />
            {isPending && (answer ? ' · importing…' : ' · looking at it…')}
          </Text>
        )}
        {file && error && <ImportErrors error={error} file={file} onRetry={() => void choose(chosen)} />}
        {isTaken && (
          <Alert color="teal" variant="light" icon={<IconCheck size={18} />} role="status">
            Imported. Nodes have it within seconds.
          </Alert>
        )}
        {answer && !error && <ImportResult answer={answer} />}
        {answer && !error && !isTaken && (
          <Group justify="flex-end">
            <Button variant="default" onClick={() => void choose(null)}>
              Cancel
            </Button>
            <Button loading={isPending} disabled={!hasWork} onClick={() => void take()}>
              {hasWork ? 'Import…' : 'Nothing to import'}
            </Button>
          </Group>
        )}
      </Stack>
    </Card>
  );
}
