/** Ends the session on the server, and here whatever the server says. */
import { useMutation } from '@tanstack/react-query';
import { api, done } from '../api/client';
import { session } from './session';

export function useSignOut() {
  return useMutation({
    mutationFn: () => done(api.POST('/api/auth/logout')),
    onSettled: () => session.signOut(),
  });
}
