import { IconPencil, IconPlayerPause, IconPlayerPlay, IconTestPipe, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { notifyDone, notifyFailure } from '@/components/ui/feedback/notify';
import { notifyUndo } from '@/components/ui/feedback/undo';
import type { RowAction } from '@/components/ui/list/column';
import { useAsk } from '@/components/ui/overlay/ask';
import { useChangeRule } from '../api/change-rule';
import { useDeleteRule } from '../api/delete-rule';
import type { AlertRule } from '../api/list-rules';

const ICON_SIZE = 15;

export function useRuleActions() {
  const navigate = useNavigate();
  const ask = useAsk();
  const { mutateAsync: change } = useChangeRule();
  const { mutateAsync: remove } = useDeleteRule();

  async function setStatus(rule: AlertRule, status: AlertRule['status']) {
    try {
      const changed = await change({ id: rule.id, body: { revision: rule.revision, status } });
      notifyUndo(`“${rule.name}” ${status === 'paused' ? 'paused' : 'activated'}`, () =>
        change({ id: rule.id, body: { revision: changed.revision, status: rule.status } }),
      );
    } catch (error) {
      notifyFailure(`“${rule.name}” not changed`, error);
    }
  }

  async function setDryRun(rule: AlertRule) {
    const isSure =
      !rule.dry_run ||
      (await ask({
        title: `End the dry run of “${rule.name}”?`,
        body: 'From now on its actions are done: people are told, and what it pauses is paused. Alerts of the dry run are resolved.',
        confirm: 'End the dry run',
      }));
    if (!isSure) return;
    try {
      await change({ id: rule.id, body: { revision: rule.revision, dry_run: !rule.dry_run } });
      notifyDone(rule.dry_run ? `“${rule.name}” is in earnest now` : `“${rule.name}” is a dry run`);
    } catch (error) {
      notifyFailure(`“${rule.name}” not changed`, error);
    }
  }

  async function askAndRemove({ id, name }: AlertRule) {
    const isSure = await ask({
      title: `Delete “${name}”?`,
      body: 'Its open alerts are resolved. What it changed stays as it is. This cannot be undone.',
      confirm: 'Delete',
      isDangerous: true,
    });
    if (!isSure) return;
    await remove(id).then(
      () => notifyDone(`“${name}” deleted`),
      (error: unknown) => notifyFailure(`“${name}” not deleted`, error),
    );
  }

  return (rule: AlertRule): RowAction[] => [
    {
      label: 'Edit',
      icon: <IconPencil size={ICON_SIZE} />,
      run: () => void navigate({ to: '/alerts/rules/$id', params: { id: rule.id } }),
    },
    rule.status === 'active'
      ? {
          label: 'Pause',
          icon: <IconPlayerPause size={ICON_SIZE} />,
          run: () => void setStatus(rule, 'paused'),
        }
      : {
          label: 'Activate',
          icon: <IconPlayerPlay size={ICON_SIZE} />,
          run: () => void setStatus(rule, 'active'),
        },
    {
      label: rule.dry_run ? 'End the dry run…' : 'Make it a dry run',
      icon: <IconTestPipe size={ICON_SIZE} />,
      run: () => void setDryRun(rule),
    },
    {
      label: 'Delete…',
      icon: <IconTrash size={ICON_SIZE} />,
      isDangerous: true,
      run: () => void askAndRemove(rule),
    },
  ];
}
