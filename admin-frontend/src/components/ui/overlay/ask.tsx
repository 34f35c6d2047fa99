/** Asks before something that is hard to take back: `if (await ask({ title, body, confirm })) ...` */
import { Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import type { ReactNode } from 'react';
import { wantOverlays } from './overlays';

type Question = { title: string; body: ReactNode; confirm: string; isDangerous?: boolean };

async function ask({ title, body, confirm, isDangerous }: Question): Promise<boolean> {
  await wantOverlays();
  return new Promise((resolve) => {
    modals.openConfirmModal({
      title,
      children: (
        <Text size="sm" component="div">
          {body}
        </Text>
      ),
      labels: { confirm, cancel: 'Cancel' },
      confirmProps: { color: isDangerous ? 'red' : undefined },
      onConfirm: () => resolve(true),
      onCancel: () => resolve(false),
      onClose: () => resolve(false),
    });
  });
}

export function useAsk() {
  return ask;
}
