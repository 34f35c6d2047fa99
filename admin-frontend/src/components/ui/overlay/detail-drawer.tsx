/** One row of a log, whole, beside its list. Which one is in the URL, so that it can be linked and reloaded. */
import { Drawer, Group, Skeleton, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { errorMessage, isNotFound } from '@/lib/api/error';
import { ErrorNotice, Notice } from '../feedback/pages';

type Props = {
  isOpen: boolean;
  onClose: () => void;
  title: ReactNode;
  badge?: ReactNode;
  /** What was asked for; while `isReady` is false, its place is kept. */
  isReady: boolean;
  error?: unknown;
  onRetry?: () => void;
  children: ReactNode;
  size?: string | number;
};

export function DetailDrawer(props: Props) {
  const { isOpen, onClose, title, badge, isReady, error, onRetry, children, size = 640 } = props;
  return (
    <Drawer.Root opened={isOpen} onClose={onClose} size={size} position="right">
      <Drawer.Overlay />
      <Drawer.Content>
        <Drawer.Header>
          <Drawer.Title>
            <Group component="span" gap="xs">
              <Text span fw={600} style={{ overflowWrap: 'anywhere' }}>
                {title}
              </Text>
              {badge}
            </Group>
          </Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </Drawer.Header>
        <Drawer.Body>
          {isReady ? children : error ? <Failed error={error} onRetry={onRetry} /> : <Pending />}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (isNotFound(error)) return <Notice title="Not found">{errorMessage(error)}</Notice>;
  return <ErrorNotice error={error} onRetry={onRetry} />;
}

function Pending() {
  return (
    <Stack role="status" aria-label="Loading">
      {[60, 90, 75, 85, 50].map((width) => (
        <Skeleton key={width} h={14} w={`${width}%`} />
      ))}
      <Skeleton h={160} />
    </Stack>
  );
}
