import { Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

type Props = {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  /** 2 on a page, 3 in a drawer, whose own title is a heading. */
  order?: 2 | 3;
  children: ReactNode;
};

/** A part of a drawer or a page, under its heading. */
export function Section({ title, note, actions, order = 3, children }: Props) {
  return (
    <Stack component="section" gap="xs" aria-label={title}>
      <Group justify="space-between" mih={28} gap="xs">
        <Group gap="xs" align="baseline">
          <Title order={order} size="h3">
            {title}
          </Title>
          {note && (
            <Text size="xs" c="dimmed" component="span">
              {note}
            </Text>
          )}
        </Group>
        {actions}
      </Group>
      {children}
    </Stack>
  );
}
