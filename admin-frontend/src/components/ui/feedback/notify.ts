/** Short words at the edge of the page about what was done, or was not. */
import { notifications } from '@mantine/notifications';
import { errorMessage } from '@/lib/api/error';
import { wantOverlays } from '../overlay/overlays';

export function notifyDone(message: string) {
  void wantOverlays();
  notifications.show({ message, color: 'teal', withBorder: true });
}

export function notifyFailure(title: string, error: unknown) {
  void wantOverlays();
  notifications.show({
    title,
    message: errorMessage(error),
    color: 'red',
    withBorder: true,
    autoClose: 8000,
  });
}
