import { Card, Center, Group, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Logo } from '@/components/ui/display/logo';

export function SignInFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Center component="main" mih="100dvh" p="md">
      <title>{`${title} · TraffoFlex`}</title>
      <Stack w="100%" maw={420} gap="lg">
        <Group justify="center">
          <Logo size={30} withName />
        </Group>
        <Card padding="lg">
          <Stack gap="md">
            <Title order={1}>{title}</Title>
            {children}
          </Stack>
        </Card>
      </Stack>
    </Center>
  );
}
