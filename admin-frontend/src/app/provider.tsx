import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { useOverlaysWanted } from '@/components/ui/overlay/overlays';
import { cssVariables, theme } from '@/config/theme';
import { session, useSession } from '@/lib/session/session';
import { patient } from '@/lib/browser/patient';
import { queryClient, router } from './router';

const ExpiredSessionDialog = lazy(
  patient(() => import('@/features/sign-in/components/expired-session-dialog')),
);
const OverlayHost = lazy(patient(() => import('@/components/ui/overlay/overlay-host')));

const schemes = localStorageColorSchemeManager({ key: 'traffoflex.scheme' });

/** What was read belongs to a person and a workspace: another one starts from nothing. */
function useSessionBoundaries() {
  useEffect(() => {
    let before = session.current();
    return session.subscribe(() => {
      const after = session.current();
      const isSame = after?.email === before?.email && after?.workspaceId === before?.workspaceId;
      before = after;
      if (isSame) return;
      queryClient.clear();
      // The protected layout looks at the session again, and leaves for the sign-in page when there is none.
      void router.invalidate();
    });
  }, []);
}

export function App() {
  useSessionBoundaries();
  const { expired } = useSession();
  const hasOverlays = useOverlaysWanted();
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Suspense>{hasOverlays && <OverlayHost />}</Suspense>
        <Suspense>{expired && <ExpiredSessionDialog />}</Suspense>
      </QueryClientProvider>
    </MantineProvider>
  );
}
