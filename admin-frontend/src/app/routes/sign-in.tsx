import { createFileRoute, redirect, useRouter } from '@tanstack/react-router';
import * as z from 'zod/mini';
import { SignInPage } from '@/features/sign-in/components/sign-in-page';
import { session } from '@/lib/session/session';

export const Route = createFileRoute('/sign-in')({
  validateSearch: z.object({ to: z.catch(z.optional(z.string()), undefined) }),
  beforeLoad: () => {
    if (session.current()) throw redirect({ to: '/' });
  },
  component: Page,
});

function Page() {
  const { to } = Route.useSearch();
  const router = useRouter();
  // Only a path of this UI: never a way to another site.
  const target = to && /^\/(?![/\\])/.test(to) ? to : '/';
  return <SignInPage onSignedIn={() => router.history.push(target)} />;
}
