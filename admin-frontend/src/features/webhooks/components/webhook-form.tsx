import { Card, SimpleGrid, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { EntityForm } from '@/components/ui/form/entity-form';
import { MultiSelectField, TextField } from '@/components/ui/form/fields';
import { MONOSPACE } from '@/components/ui/form/monospace';
import { StatusField } from '@/components/ui/form/status-field';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { usePostbackSchema } from '@/lib/schema/postback-schema';
import { useMay } from '@/lib/session/me';
import { useSaveWebhook, type WebhookInput } from '../api/save-webhook';
import { webhookOptions, type Webhook } from '../api/webhook';
import { eventName } from './event-name';

type Event = WebhookInput['events'][number];

const schema = z.object({
  name: z.string().check(z.trim(), z.minLength(1, 'Give it a name')),
  url: z
    .string()
    .check(
      z.trim(),
      z.minLength(1, 'Where is it told?'),
      z.regex(/^https?:\/\//i, 'Begins with https:// or http://'),
    ),
  status: z.enum(['active', 'paused', 'archived']),
  events: z.array(z.string()).check(z.minLength(1, 'At least one')),
});

type Values = z.infer<typeof schema>;

const LABELS: Record<string, string> = { name: 'Name', url: 'URL', status: 'Status', events: 'Events' };

function toValues(webhook: Webhook | undefined): Values {
  const { name = '', url = '', status = 'active', events = [] } = webhook ?? {};
  return { name, url, status, events };
}

type Props = { webhook: Webhook | undefined; onSaved: (webhook: Webhook) => void; onCancel?: () => void };

export function WebhookForm({ webhook, onSaved, onCancel }: Props) {
  const client = useQueryClient();
  const { mutateAsync: save } = useSaveWebhook();
  const mayWrite = useMay('config:write');
  const known = usePostbackSchema()?.webhook_events ?? [];
  const isEvent = (name: string): name is Event => known.some((event) => event === name);
  const form = useEntityForm({
    schema,
    entity: webhook,
    toValues,
    save: ({ events, ...input }, revision) =>
      save({
        input: { ...input, events: events.filter(isEvent) },
        existing: webhook && revision !== undefined ? { id: webhook.id, revision } : undefined,
      }),
    reload: webhook && (() => client.fetchQuery({ ...webhookOptions(webhook.id), staleTime: 0 })),
    onSaved,
  });
  const { control } = form;
  return (
    <EntityForm
      form={form}
      submitLabel={webhook ? 'Save' : 'Create webhook'}
      onCancel={onCancel}
      labels={LABELS}
      isReadOnly={!mayWrite}
    >
      <Card>
        <Stack gap="sm">
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextField control={control} name="name" label="Name" required autoFocus={!webhook} />
            <StatusField control={control} name="status" />
          </SimpleGrid>
          <TextField
            control={control}
            name="url"
            label="URL"
            required
            styles={MONOSPACE}
            placeholder="https://hooks.example/traffoflex"
          />
          <MultiSelectField
            control={control}
            name="events"
            label="Events"
            required
            data={known.map((event) => ({ value: event, label: eventName(event) }))}
          />
        </Stack>
      </Card>
    </EntityForm>
  );
}
