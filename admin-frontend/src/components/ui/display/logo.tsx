import { Group, Text } from '@mantine/core';

export function Logo({ size = 24, withName = false }: { size?: number; withName?: boolean }) {
  return (
    <Group gap={8} wrap="nowrap">
      <svg
        width={size}
        height={size}
        viewBox="0 0 32 32"
        aria-hidden={withName}
        role="img"
        aria-label="TraffoFlex"
      >
        <rect width="32" height="32" rx="8" fill="#0c7585" />
        <path
          d="M7 10h18M16 10v6m0 0-7 7m7-7 7 7"
          fill="none"
          stroke="#fff"
          strokeWidth="3"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      {withName && (
        <Text fw={650} fz={Math.round(size * 0.65)} lh={1}>
          TraffoFlex
        </Text>
      )}
    </Group>
  );
}
