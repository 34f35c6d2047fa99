/** For those who are signed in and not let in: no approval yet, or no workspace. Looks again by itself. */
import { Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { meOptions } from '@/lib/session/me';
import { useSignOut } from '@/lib/session/sign-out';
import { SignInFrame } from './sign-in-frame';

const LOOK_MS = 10_000;

export function PendingPage({ onLetIn }: { onLetIn: () => void }) {
  const { data: me, refetch, isFetching } = useQuery({ ...meOptions, refetchInterval: LOOK_MS });
  const signOut = useSignOut();
  const isApproved = me?.status === 'active';
  const isIn = isApproved && me.workspaces.length > 0;

  useEffect(() => {
    if (isIn) onLetIn();
  }, [isIn, onLetIn]);

  return (
    <SignInFrame title={isApproved ? 'No workspace yet' : 'Waiting for approval'}>
      <Text size="sm">
        {isApproved
          ? 'You are not a member of any workspace. Ask an administrator to add you.'
          : 'An administrator has to let you in. This page opens the product as soon as that happens.'}
      </Text>
      <Text size="sm" c="dimmed">
        Signed in as {me?.user?.email}
      </Text>
      <Group>
        <Button loading={isFetching} onClick={() => void refetch()}>
          Look again
        </Button>
        <Button variant="subtle" onClick={() => signOut.mutate()}>
          Sign out
        </Button>
      </Group>
    </SignInFrame>
  );
}
