import { Alert, Button, Code, Group, Modal, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { CopyButton } from '@/components/ui/display/copy-button';
import type { CreatedKey } from '../api/create-key';

/** The only time that the secret is seen: it is not closed by a stray click or key. */
export function SecretDialog({ created, onClose }: { created: CreatedKey; onClose: () => void }) {
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Key “${created.name}” is made`}
      size="lg"
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <Stack gap="md">
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={18} />}>
          Copy it now and keep it where secrets are kept. It is never shown again; who loses it makes another
          one.
        </Alert>
        <Group gap="xs" wrap="nowrap">
          <Code block flex={1} style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
            {created.secret}
          </Code>
          <CopyButton value={created.secret} what="the key" />
        </Group>
        <Text size="sm" c="dimmed">
          Send it as <Code>X-Api-Key</Code> with each request.
        </Text>
        <Group justify="flex-end">
          <Button onClick={onClose}>I have kept it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
