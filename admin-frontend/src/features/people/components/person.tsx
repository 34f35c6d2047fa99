import { Group, Text } from '@mantine/core';
import { ToneBadge } from '@/components/ui/display/status-badge';
import { ROLE_TEXTS, type Role } from './roles';

type Props = { name: string; email: string; isMe?: boolean };

/** The name, or the address where there is none, and the address below. */
export function Person({ name, email, isMe }: Props) {
  return (
    <div>
      <Group gap={6} wrap="nowrap">
        <Text size="sm" fw={500} truncate>
          {name || email}
        </Text>
        {isMe && <ToneBadge tone="info">You</ToneBadge>}
      </Group>
      {name && (
        <Text size="xs" c="dimmed" truncate>
          {email}
        </Text>
      )}
    </div>
  );
}

export function RoleText({ role, maskMoney }: { role: Role; maskMoney: boolean }) {
  return (
    <>
      {ROLE_TEXTS[role].label}
      {maskMoney && (
        <Text span size="xs" c="dimmed">
          , amounts hidden
        </Text>
      )}
    </>
  );
}
