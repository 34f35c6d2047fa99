/** What can be done with campaigns from their list and their page. Each change of a status can be undone. */
import {
  IconArchive,
  IconCopy,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconRestore,
  IconTrash,
} from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState, type ReactNode } from 'react';
import { notifyDone, notifyFailure } from '@/components/ui/feedback/notify';
import { notifyUndo } from '@/components/ui/feedback/undo';
import type { BulkAction, RowAction } from '@/components/ui/list/column';
import { useAsk } from '@/components/ui/overlay/ask';
import { plural } from '@/lib/format/numbers';
import type { Campaign } from '../api/campaign';
import { useSetCampaignStatus, type Status } from '../api/campaign-status';
import { useDeleteCampaign } from '../api/delete-campaign';
import { CloneDialog } from './clone-dialog';

type Row = Pick<Campaign, 'id' | 'name' | 'slug' | 'status'>;

const DONE: Record<Status, string> = { active: 'activated', paused: 'paused', archived: 'archived' };
const ICON_SIZE = 15;

type Actions = { rowActions: (row: Row) => RowAction[]; bulk: BulkAction<Campaign>[]; element: ReactNode };

export function useCampaignActions({ onDeleted }: { onDeleted?: () => void } = {}): Actions {
  const { mutateAsync: setStatus } = useSetCampaignStatus();
  const { mutateAsync: remove } = useDeleteCampaign();
  const [cloned, setCloned] = useState<Row>();
  const navigate = useNavigate();
  const ask = useAsk();

  const actions = useMemo(() => {
    /** Each goes back to the status that it had. */
    async function undo(rows: Row[]) {
      for (const status of new Set(rows.map((row) => row.status))) {
        await setStatus({ status, ids: rows.filter((row) => row.status === status).map(({ id }) => id) });
      }
    }

    async function change(rows: Row[], status: Status) {
      const { items } = await setStatus({ ids: rows.map(({ id }) => id), status });
      const failed = new Set(items.filter(({ result }) => result === 'error').map(({ id }) => id));
      const changed = rows.filter(({ id }) => !failed.has(id));
      const [first] = changed;
      if (failed.size > 0)
        notifyFailure(
          `${plural(failed.size, 'campaign')} not ${DONE[status]}`,
          new Error('Somebody else changed or deleted them meanwhile.'),
        );
      if (!first) return;
      const what = changed.length === 1 ? `“${first.name}”` : plural(changed.length, 'campaign');
      notifyUndo(`${what} ${DONE[status]}`, () => undo(changed));
    }

    const now = (row: Row, status: Status) =>
      void change([row], status).catch((error: unknown) =>
        notifyFailure(`“${row.name}” not ${DONE[status]}`, error),
      );

    async function askAndRemove({ id, name }: Row) {
      const isSure = await ask({
        title: `Delete “${name}”?`,
        body: 'Its streams and its history go with it, and this cannot be undone. A campaign that clicks were recorded for is archived instead.',
        confirm: 'Delete',
        isDangerous: true,
      });
      if (!isSure) return;
      await remove(id).then(
        () => {
          notifyDone(`“${name}” deleted`);
          onDeleted?.();
        },
        (error: unknown) => notifyFailure(`“${name}” not deleted`, error),
      );
    }

    const rowActions = (row: Row): RowAction[] => [
      {
        label: 'Edit',
        icon: <IconPencil size={ICON_SIZE} />,
        run: () => void navigate({ to: '/campaigns/$id', params: { id: row.id } }),
      },
      row.status === 'active'
        ? { label: 'Pause', icon: <IconPlayerPause size={ICON_SIZE} />, run: () => now(row, 'paused') }
        : null,
      row.status === 'paused'
        ? { label: 'Activate', icon: <IconPlayerPlay size={ICON_SIZE} />, run: () => now(row, 'active') }
        : null,
      { label: 'Clone…', icon: <IconCopy size={ICON_SIZE} />, run: () => setCloned(row) },
      row.status === 'archived'
        ? { label: 'Restore', icon: <IconRestore size={ICON_SIZE} />, run: () => now(row, 'active') }
        : { label: 'Archive', icon: <IconArchive size={ICON_SIZE} />, run: () => now(row, 'archived') },
      {
        label: 'Delete…',
        icon: <IconTrash size={ICON_SIZE} />,
        isDangerous: true,
        run: () => void askAndRemove(row),
      },
    ];

    const bulk: BulkAction<Campaign>[] = [
      { label: 'Activate', icon: <IconPlayerPlay size={ICON_SIZE} />, run: (rows) => change(rows, 'active') },
      { label: 'Pause', icon: <IconPlayerPause size={ICON_SIZE} />, run: (rows) => change(rows, 'paused') },
      {
        label: 'Archive',
        icon: <IconArchive size={ICON_SIZE} />,
        isDangerous: true,
        ask: (rows) => `${plural(rows.length, 'campaign')} will take no clicks until restored.`,
        run: (rows) => change(rows, 'archived'),
      },
    ];
    return { rowActions, bulk };
  }, [setStatus, remove, navigate, ask, onDeleted]);

  const element = cloned && (
    <CloneDialog key={cloned.id} campaign={cloned} onClose={() => setCloned(undefined)} />
  );
  return { ...actions, element };
}
