import { Alert } from '@mantine/core';
import type { ReactNode } from 'react';

type Props = { icon: ReactNode; title: string; children: ReactNode; onClose?: () => void };

/** Something about these figures that one should know before believing them. */
export function Warning({ icon, title, children, onClose }: Props) {
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={icon}
      title={title}
      withCloseButton={onClose !== undefined}
      closeButtonLabel="Dismiss"
      onClose={onClose}
      styles={{ title: { color: 'var(--tf-warn)' }, icon: { color: 'var(--tf-warn)' } }}
    >
      {children}
    </Alert>
  );
}
