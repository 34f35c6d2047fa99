/** Everything behind sign-in: the shell, once the caller is known and let in. */
import { createFileRoute, redirect } from '@tanstack/react-router';
import { meOptions } from '@/lib/session/me';
import { session } from '@/lib/session/session';
import { Shell } from '../shell/shell';

export const Route = createFileRoute('/_app')({
  beforeLoad: async ({ context, location }) => {
    if (!session.current()) {
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { to: location.href } });
    }
    const me = await context.queryClient.ensureQueryData(meOptions);
    if (me.status === 'pending_approval' || me.workspaces.length === 0) throw redirect({ to: '/pending' });
  },
  component: Shell,
});
