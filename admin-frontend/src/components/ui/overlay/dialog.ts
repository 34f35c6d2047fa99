import { modals } from '@mantine/modals';
import type { ModalProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { wantOverlays } from './overlays';

type Dialog = { title: string; children: ReactNode; size?: ModalProps['size'] };

/** Once dialogs can be shown: one that is asked for right after the page has loaded is not lost. */
export async function openDialog(dialog: Dialog): Promise<void> {
  await wantOverlays();
  modals.open({ closeButtonProps: { 'aria-label': 'Close' }, ...dialog });
}
