import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { EntityFacts } from '@/components/ui/entity/entity-facts';
import { EntityPage } from '@/components/ui/entity/entity-page';
import { notifyDone } from '@/components/ui/feedback/notify';
import { webhookOptions, type Webhook } from '../api/webhook';
import { nameOf, useWebhookActions } from './use-webhook-actions';
import { WebhookForm } from './webhook-form';
import { WebhookSecret } from './webhook-secret';

const PARENTS = [{ label: 'Webhooks', to: '/settings/webhooks' }];

type Props = {
  id: string;
  /** Its last deliveries. */
  children: (webhook: Webhook) => ReactNode;
};

export function WebhookPage({ id, children }: Props) {
  const query = useQuery(webhookOptions(id));
  const navigate = useNavigate();
  const { pageActions } = useWebhookActions();
  return (
    <EntityPage
      query={query}
      nameOf={nameOf}
      parents={PARENTS}
      actions={(webhook) => pageActions(webhook, () => void navigate({ to: '/settings/webhooks' }))}
    >
      {(webhook) => (
        <>
          <WebhookForm webhook={webhook} onSaved={({ name }) => notifyDone(`“${name}” saved`)} />
          <WebhookSecret webhook={webhook} />
          {children(webhook)}
          <EntityFacts of={webhook} />
        </>
      )}
    </EntityPage>
  );
}
