import { IconArrowBackUp, IconEye } from '@tabler/icons-react';
import { notifyDone, notifyFailure } from '@/components/ui/feedback/notify';
import type { RowAction } from '@/components/ui/list/column';
import { useAsk } from '@/components/ui/overlay/ask';
import { ApiError } from '@/lib/api/error';
import { useMay } from '@/lib/session/me';
import { useAcknowledgeAlert } from '../api/acknowledge-alert';
import type { Alert } from '../api/list-alerts';
import { useUndoAlert } from '../api/undo-alert';
import { canUndo } from './alert-words';

export function useAlertActions() {
  const mayOperate = useMay('operate');
  const mayUndo = useMay('config:write');
  const { mutateAsync: acknowledge } = useAcknowledgeAlert();
  const { mutateAsync: takeBack } = useUndoAlert();
  const ask = useAsk();

  async function undo(alert: Alert) {
    const isSure = await ask({
      title: 'Take back what this alert changed?',
      body: 'What somebody has changed since stays as it is. The rule goes on: it may do the same again.',
      confirm: 'Take back',
    });
    if (!isSure) return;
    try {
      await takeBack(alert.id);
      notifyDone('Taken back');
    } catch (error) {
      const kept = error instanceof ApiError ? error.fields.map((each) => each.error).join('; ') : '';
      notifyFailure('Not all was taken back', kept ? new Error(kept) : error);
    }
  }

  return (alert: Alert): RowAction[] => [
    mayOperate && alert.state === 'open' && !alert.acknowledged_at
      ? {
          label: 'Acknowledge',
          icon: <IconEye size={15} />,
          run: () =>
            void acknowledge(alert.id).then(
              () => notifyDone('You look after it'),
              (error: unknown) => notifyFailure('Not acknowledged', error),
            ),
        }
      : null,
    mayUndo && canUndo(alert)
      ? { label: 'Take back…', icon: <IconArrowBackUp size={15} />, run: () => void undo(alert) }
      : null,
  ];
}
