/**
 * What can be done with every entity that has a status, from its list and from its page: pause, activate, archive,
 * restore, each with its undo, and delete.
 */
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
import type { Schemas } from '@/lib/api/client';
import { ENTITIES, type EntityKind } from '@/lib/entities/entities';
import { plural } from '@/lib/format/numbers';
import { notifyDone, notifyFailure } from '../feedback/notify';
import { notifyUndo } from '../feedback/undo';
import type { BulkAction, RowAction } from '../list/column';
import { useAsk } from '../overlay/ask';

type Status = Schemas['Status'];
type Row = { id: string; status: Status };

type Options<R extends Row> = {
  kind: EntityKind;
  /** Stable, such as a function of the module. */
  nameOf: (row: R) => string;
  setStatus: (body: Schemas['BulkStatus']) => Promise<Schemas['BulkAnswer']>;
  remove: (id: string) => Promise<unknown>;
  /** What deleting means, after "This cannot be undone." */
  deleteNote: string;
  /** What archiving many means. */
  archiveNote: string;
};

const DONE: Record<Status, string> = { active: 'activated', paused: 'paused', archived: 'archived' };
const ICON_SIZE = 15;

export function useEntityActions<R extends Row>(options: Options<R>) {
  const { kind, nameOf, setStatus, remove, deleteNote, archiveNote } = options;
  const navigate = useNavigate();
  const ask = useAsk();

  return useMemo(() => {
    const { one, many, page } = ENTITIES[kind];
    const count = (rows: number) => plural(rows, one.toLowerCase(), many.toLowerCase());

    /** Each goes back to the status that it had. */
    async function undo(rows: R[]) {
      for (const status of new Set(rows.map((row) => row.status))) {
        await setStatus({ status, ids: rows.filter((row) => row.status === status).map(({ id }) => id) });
      }
    }

    async function change(rows: R[], status: Status) {
      const { items } = await setStatus({ ids: rows.map(({ id }) => id), status });
      const failed = new Set(items.filter(({ result }) => result === 'error').map(({ id }) => id));
      const changed = rows.filter(({ id }) => !failed.has(id));
      const [first] = changed;
      if (failed.size > 0)
        notifyFailure(
          `${count(failed.size)} not ${DONE[status]}`,
          new Error('Somebody else changed or deleted them meanwhile.'),
        );
      if (!first) return;
      const what = changed.length === 1 ? `“${nameOf(first)}”` : count(changed.length);
      notifyUndo(`${what} ${DONE[status]}`, () => undo(changed));
    }

    const now = (row: R, status: Status) =>
      void change([row], status).catch((error: unknown) =>
        notifyFailure(`“${nameOf(row)}” not ${DONE[status]}`, error),
      );

    async function askAndRemove(row: R, after?: () => void) {
      const name = nameOf(row);
      const isSure = await ask({
        title: `Delete “${name}”?`,
        body: `This cannot be undone. ${deleteNote}`,
        confirm: 'Delete',
        isDangerous: true,
      });
      if (!isSure) return;
      try {
        await remove(row.id);
        notifyDone(`“${name}” deleted`);
        after?.();
      } catch (error) {
        notifyFailure(`“${name}” not deleted`, error);
      }
    }

    /** On the entity's own page; `onDeleted` leads away from it. */
    const pageActions = (row: R, onDeleted?: () => void): RowAction[] => [
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
        run: () => void askAndRemove(row, onDeleted),
      },
    ];

    const rowActions = (row: R): RowAction[] => [
      {
        label: 'Edit',
        icon: <IconPencil size={ICON_SIZE} />,
        run: () => void navigate({ to: page.replace('$id', row.id) }),
      },
      ...pageActions(row),
    ];

    const bulk: BulkAction<R>[] = [
      { label: 'Activate', icon: <IconPlayerPlay size={ICON_SIZE} />, run: (rows) => change(rows, 'active') },
      { label: 'Pause', icon: <IconPlayerPause size={ICON_SIZE} />, run: (rows) => change(rows, 'paused') },
      {
        label: 'Archive',
        icon: <IconArchive size={ICON_SIZE} />,
        isDangerous: true,
        ask: (rows) => `${count(rows.length)}: ${archiveNote}`,
        run: (rows) => change(rows, 'archived'),
      },
    ];
    return { rowActions, pageActions, bulk };
  }, [kind, nameOf, setStatus, remove, deleteNote, archiveNote, navigate, ask]);
}
