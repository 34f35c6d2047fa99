import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { useEffect } from 'react';
import { overlaysAreReady } from './overlays';

export default function OverlayHost() {
  useEffect(overlaysAreReady, []);
  return (
    <>
      <ModalsProvider />
      <Notifications position="bottom-right" limit={4} />
    </>
  );
}
