import { Card, Group, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { May } from '@/components/ui/feedback/may';
import { ConfirmAction } from '@/components/ui/overlay/confirm-action';
import { useRotateSecret } from '../api/rotate-secret';
import type { Webhook } from '../api/webhook';
import { SecretOnce } from './secret-once';

export function WebhookSecret({ webhook }: { webhook: Webhook }) {
  const { mutateAsync: rotate } = useRotateSecret();
  const [secret, setSecret] = useState<string>();
  return (
    <Card>
      <Group justify="space-between">
        <div>
          <Title order={2}>Signing secret</Title>
          <Text size="sm" c="dimmed">
            Shown once, when it was made. Give the webhook a new one if it is lost.
          </Text>
        </div>
        <May permission="config:write">
          <ConfirmAction
            title={`New secret for “${webhook.name}”?`}
            body="It takes effect at once: until your system knows the new one, it will refuse what it is sent."
            confirm="Make a new secret"
            run={async () => setSecret((await rotate(webhook.id)).secret ?? undefined)}
          >
            Rotate the secret
          </ConfirmAction>
        </May>
      </Group>
      <SecretOnce secret={secret} onClose={() => setSecret(undefined)} />
    </Card>
  );
}
