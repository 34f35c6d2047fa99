import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { PageHeader } from '@/components/ui/display/page-header';
import { notifyDone } from '@/components/ui/feedback/notify';
import type { Webhook } from '../api/webhook';
import { SecretOnce } from './secret-once';
import { WebhookForm } from './webhook-form';

export function NewWebhookPage() {
  const [created, setCreated] = useState<Webhook>();
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title="New webhook" parents={[{ label: 'Webhooks', to: '/settings/webhooks' }]} />
      <WebhookForm
        webhook={undefined}
        onCancel={() => void navigate({ to: '/settings/webhooks' })}
        onSaved={(webhook) => {
          notifyDone(`“${webhook.name}” created`);
          setCreated(webhook);
        }}
      />
      <SecretOnce
        secret={created?.secret ?? undefined}
        onClose={() => created && void navigate({ to: '/settings/webhooks/$id', params: { id: created.id } })}
      />
    </>
  );
}
