import { createFileRoute, redirect, useNavigate } from '@tanstack/react-router';
import { PendingPage } from '@/features/sign-in/components/pending-page';
import { meOptions } from '@/lib/session/me';
import { session } from '@/lib/session/session';

export const Route = createFileRoute('/pending')({
  beforeLoad: () => {
    if (!session.current()) throw redirect({ to: '/sign-in' });
  },
  loader: ({ context }) => context.queryClient.ensureQueryData(meOptions),
  component: Page,
});

function Page() {
  const navigate = useNavigate();
  return <PendingPage onLetIn={() => void navigate({ to: '/' })} />;
}
