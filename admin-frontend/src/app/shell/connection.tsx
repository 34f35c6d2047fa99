/** Says that the server cannot be reached, and that it is back. Pages keep what they have and go on by themselves. */
import { Button, Group, Text } from '@mantine/core';
import { IconCloudOff } from '@tabler/icons-react';
import { probeNow, useReachable } from '@/lib/api/reachability';

export function Connection() {
  const isReachable = useReachable();
  return (
    <div role="status" aria-live="polite">
      {!isReachable && (
        <Group
          gap="xs"
          px="md"
          py={6}
          wrap="nowrap"
          style={{ background: 'light-dark(#fff4d6, #3a2f14)', color: 'light-dark(#5c3b00, #f3d58f)' }}
        >
          <IconCloudOff size={18} aria-hidden />
          <Text size="sm" flex={1}>
            The server cannot be reached. Trying again; nothing that you typed is lost.
          </Text>
          <Button size="compact-xs" variant="white" color="dark" onClick={probeNow}>
            Try now
          </Button>
        </Group>
      )}
    </div>
  );
}
