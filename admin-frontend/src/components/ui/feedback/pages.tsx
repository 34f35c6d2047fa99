/** What stands in place of a page: it loads, it failed, it does not exist, it is not for you. */
import { Button, Code, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCompass, IconLock } from '@tabler/icons-react';
import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { useQueryErrorResetBoundary } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError, errorMessage, isForbidden, isNotFound } from '@/lib/api/error';

export function PagePending() {
  return (
    <Stack gap="md" aria-busy="true" aria-label="Loading" role="status">
      <Skeleton h={28} w={220} />
      <Skeleton h={36} />
      <Skeleton h={320} />
    </Stack>
  );
}

type NoticeProps = { icon?: ReactNode; title: string; children?: ReactNode; actions?: ReactNode };

/** The quiet middle of an empty space. */
export function Notice({ icon, title, children, actions }: NoticeProps) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      {icon}
      <Title order={2}>{title}</Title>
      <Text size="sm" c="dimmed" maw={460} component="div">
        {children}
      </Text>
      {actions && (
        <Group mt="xs" justify="center">
          {actions}
        </Group>
      )}
    </Stack>
  );
}

export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (isForbidden(error)) return <NoPermission />;
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <div role="alert">
      <Notice
        icon={<IconAlertTriangle size={28} color="var(--tf-bad)" aria-hidden />}
        title="This could not be loaded"
        actions={onRetry && <Button onClick={onRetry}>Try again</Button>}
      >
        {errorMessage(error)}
        {requestId && (
          <Text size="xs" mt={4}>
            Request <Code>{requestId}</Code>
          </Text>
        )}
      </Notice>
    </div>
  );
}

export function NoPermission() {
  return (
    <Notice icon={<IconLock size={28} aria-hidden />} title="You have no access to this">
      Your role in this workspace does not include it. An administrator can change that under Members.
    </Notice>
  );
}

export function NotFoundPage() {
  const router = useRouter();
  return (
    <Notice
      icon={<IconCompass size={28} aria-hidden />}
      title="There is no such page"
      actions={<Button onClick={() => router.history.push('/')}>Go to the start</Button>}
    >
      <title>Not found · TraffoFlex</title>
      It was moved or deleted, or the address has a mistake.
    </Notice>
  );
}

export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const { reset: resetQueries } = useQueryErrorResetBoundary();
  if (isNotFound(error)) return <NotFoundPage />;
  return (
    <ErrorNotice
      error={error}
      onRetry={() => {
        resetQueries();
        reset();
        void router.invalidate();
      }}
    />
  );
}
