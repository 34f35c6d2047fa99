/** What can be done with sources from their list. Each change of a status can be undone. */
import {
  IconArchive,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconRestore,
  IconTrash,
} from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { notifyDone, notifyFailure } from '@/components/ui/feedback/notify';
import { notifyUndo } from '@/components/ui/feedback/undo';
import type { BulkAction, RowAction } from '@/components/ui/list/column';
import { useAsk } from '@/components/ui/overlay/ask';
import { plural } from '@/lib/format/numbers';
import { useDeleteSource } from '../api/delete-source';
import type { Source } from '../api/source';
import { useSetSourceStatus, type Status } from '../api/source-status';

const DONE: Record<Status, string> = { active: 'activated', paused: 'paused', archived: 'archived' };
const ICON_SIZE = 15;

export function useSourceActions() {
  const { mutateAsync: setStatus } = useSetSourceStatus();
  const { mutateAsync: remove } = useDeleteSource();
  const navigate = useNavigate();
  const ask = useAsk();

  return useMemo(() => {
    /** Each goes back to the status that it had. */
    async function undo(rows: Source[]) {
      for (const status of new Set(rows.map((row) => row.status))) {
        await setStatus({ status, ids: rows.filter((row) => row.status === status).map(({ id }) => id) });
      }
    }

    async function change(rows: Source[], status: Status) {
      const { items } = await setStatus({ ids: rows.map(({ id }) => id), status });
      const failed = new Set(items.filter(({ result }) => result === 'error').map(({ id }) => id));
      const changed = rows.filter(({ id }) => !failed.has(id));
      const [first] = changed;
      if (failed.size > 0)
        notifyFailure(
          `${plural(failed.size, 'source')} not ${DONE[status]}`,
          new Error('Somebody else changed or deleted them meanwhile.'),
        );
      if (!first) return;
      const what = changed.length === 1 ? `“${first.name}”` : plural(changed.length, 'source');
      notifyUndo(`${what} ${DONE[status]}`, () => undo(changed));
    }

    const now = (row: Source, status: Status) =>
      void change([row], status).catch((error: unknown) =>
        notifyFailure(`“${row.name}” not ${DONE[status]}`, error),
      );

    async function askAndRemove({ id, name }: Source, onRemoved?: () => void) {
      const isSure = await ask({
        title: `Delete “${name}”?`,
        body: 'This cannot be undone. A source that clicks were recorded for is archived instead, and one that a campaign uses is kept.',
        confirm: 'Delete',
        isDangerous: true,
      });
      if (!isSure) return;
      await remove(id).then(
        () => {
          notifyDone(`“${name}” deleted`);
          onRemoved?.();
        },
        (error: unknown) => notifyFailure(`“${name}” not deleted`, error),
      );
    }

    /** On its own page; it is left when the source is gone. */
    const pageActions = (row: Source, onRemoved?: () => void): RowAction[] => [
      row.status === 'active'
        ? { label: 'Pause', icon: <IconPlayerPause size={ICON_SIZE} />, run: () => now(row, 'paused') }
        : null,
      row.status === 'paused'
        ? { label: 'Activate', icon: <IconPlayerPlay size={ICON_SIZE} />, run: () => now(row, 'active') }
        : null,
      row.status === 'archived'
        ? { label: 'Restore', icon: <IconRestore size={ICON_SIZE} />, run: () => now(row, 'active') }
        : { label: 'Archive', icon: <IconArchive size={ICON_SIZE} />, run: () => now(row, 'archived') },
      {
        label: 'Delete…',
        icon: <IconTrash size={ICON_SIZE} />,
        isDangerous: true,
        run: () => void askAndRemove(row, onRemoved),
      },
    ];
    const rowActions = (row: Source): RowAction[] => [
      {
        label: 'Edit',
        icon: <IconPencil size={ICON_SIZE} />,
        run: () => void navigate({ to: '/sources/$id', params: { id: row.id } }),
      },
      ...pageActions(row),
    ];

    const bulk: BulkAction<Source>[] = [
      { label: 'Activate', icon: <IconPlayerPlay size={ICON_SIZE} />, run: (rows) => change(rows, 'active') },
      { label: 'Pause', icon: <IconPlayerPause size={ICON_SIZE} />, run: (rows) => change(rows, 'paused') },
      {
        label: 'Archive',
        icon: <IconArchive size={ICON_SIZE} />,
        isDangerous: true,
        ask: (rows) => `${plural(rows.length, 'source')} will take no part in routing until restored.`,
        run: (rows) => change(rows, 'archived'),
      },
    ];
    return { rowActions, pageActions, bulk };
  }, [setStatus, remove, navigate, ask]);
}
