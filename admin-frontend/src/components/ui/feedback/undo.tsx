import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { wantOverlays } from '../overlay/overlays';
import { notifyFailure } from './notify';

const UNDO_MS = 10_000;

/** Says what was done, and offers to take it back for a while. */
export function notifyUndo(message: string, undo: () => Promise<unknown>) {
  void wantOverlays();
  const id = notifications.show({
    color: 'teal',
    withBorder: true,
    autoClose: UNDO_MS,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button
          size="compact-sm"
          variant="light"
          onClick={() => {
            notifications.hide(id);
            undo().catch((error: unknown) => notifyFailure('It could not be undone', error));
          }}
        >
          Undo
        </Button>
      </Group>
    ),
  });
}
