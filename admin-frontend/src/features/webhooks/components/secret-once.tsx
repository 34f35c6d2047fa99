import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { CodeBlock } from '@/components/ui/display/code-block';

type Props = { secret: string | undefined; onClose: () => void };

/** The only time that the secret is shown, so a click beside the dialog does not close it. */
export function SecretOnce({ secret, onClose }: Props) {
  return (
    <Modal
      opened={secret !== undefined}
      onClose={onClose}
      title="The signing secret"
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack gap="md">
        <Text size="sm">
          Copy it now: it is not shown again. Requests are signed with it as Standard Webhooks has it, in the
          headers webhook-id, webhook-timestamp and webhook-signature.
        </Text>
        {secret !== undefined && <CodeBlock code={secret} what="the secret" />}
        <Group justify="flex-end">
          <Button onClick={onClose}>I have copied it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
