/** All new errors that the filters name, put in again, step after step; it says how far it is and can be stopped. */
import { Alert, Button, Group, List, Modal, Progress, Stack, Text } from '@mantine/core';
import { IconRepeat } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { errorMessage } from '@/lib/api/error';
import { formatCount, plural } from '@/lib/format/numbers';
import { splitWords } from '@/lib/list/filters';
import { reingestSome, type BulkAnswer } from '../api/bulk-reingest';

type Props = {
  filters: Record<string, string | boolean>;
  q: string | undefined;
  range: { from: string; to: string };
  /** Matching the filters, whatever their state. */
  total: number;
};

type Run = {
  done: number;
  failed: BulkAnswer['failed'];
  state: 'running' | 'done' | 'stopped';
  error?: unknown;
};

const SHOWN_FAILURES = 20;

export function BulkReingest({ filters, q, range, total }: Props) {
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const [run, setRun] = useState<Run>();
  const stop = useRef<AbortController>(undefined);

  async function start() {
    const control = new AbortController();
    stop.current = control;
    let [done, failed]: [number, BulkAnswer['failed']] = [0, []];
    setRun({ done, failed, state: 'running' });
    try {
      let place: { from: string; after: string | null } = { from: range.from, after: null };
      for (;;) {
        const asked = {
          topics: splitWords(filters.topic),
          node_ids: splitWords(filters.node_id),
          q: q ?? null,
          to: range.to,
          ...place,
        };
        const answer = await reingestSome(asked, control.signal);
        done += answer.reingested;
        failed = [...failed, ...answer.failed];
        if (!answer.next_from) break;
        place = { from: answer.next_from, after: answer.next_after ?? null };
        setRun({ done, failed, state: 'running' });
      }
      setRun({ done, failed, state: 'done' });
    } catch (error) {
      setRun({ done, failed, state: 'stopped', error: control.signal.aborted ? undefined : error });
    }
    void client.invalidateQueries({ queryKey: ['ingestion-errors'] });
  }

  function close() {
    stop.current?.abort();
    setOpen(false);
    setRun(undefined);
  }

  const tried = run ? run.done + run.failed.length : 0;
  return (
    <>
      <Button variant="default" leftSection={<IconRepeat size={15} />} onClick={() => setOpen(true)}>
        Put all in again
      </Button>
      <Modal opened={isOpen} onClose={close} title="Put all new errors in again" size="lg">
        <Stack gap="md">
          <Text size="sm">
            All <b>new</b> errors of the period and the filters of the list, as they came, the oldest first.
            An event that is put in twice counts once. What fails again stays new.
          </Text>
          {run && (
            <Stack gap={6} role="status">
              <Progress
                value={run.state === 'done' ? 100 : Math.min(99, total > 0 ? (100 * tried) / total : 0)}
                animated={run.state === 'running'}
                aria-label="Progress"
              />
              <Text size="sm" className="tabular">
                {formatCount(run.done)} put in, {formatCount(run.failed.length)} failed again
                {run.state === 'stopped' && '; stopped'}
                {run.state === 'done' && '; done'}
              </Text>
            </Stack>
          )}
          {run?.error !== undefined && (
            <Alert color="red" variant="light" title="It did not go on">
              {errorMessage(run.error)}
            </Alert>
          )}
          {run && run.failed.length > 0 && (
            <Alert
              color="yellow"
              variant="light"
              title={`${plural(run.failed.length, 'message')} failed again`}
            >
              <List size="sm">
                {run.failed.slice(0, SHOWN_FAILURES).map(({ id, errors }) => (
                  <List.Item key={id}>
                    {errors.map(({ field, error }) => (field ? `${field}: ${error}` : error)).join('; ')}
                  </List.Item>
                ))}
              </List>
              {run.failed.length > SHOWN_FAILURES &&
                `And ${formatCount(run.failed.length - SHOWN_FAILURES)} more.`}
            </Alert>
          )}
          <Group justify="flex-end">
            {run?.state === 'running' ? (
              <Button variant="default" onClick={() => stop.current?.abort()}>
                Stop
              </Button>
            ) : (
              <>
                <Button variant="default" onClick={close}>
                  {run ? 'Close' : 'Cancel'}
                </Button>
                {run?.state !== 'done' && (
                  <Button onClick={() => void start()}>{run ? 'Again' : 'Put in again'}</Button>
                )}
              </>
            )}
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
