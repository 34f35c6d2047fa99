import { Group } from '@mantine/core';
import { TextLink } from '@/components/ui/display/links';
import { StatusBadge, ToneBadge } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import { UrlText } from '@/components/ui/display/url-text';
import type { Column } from '@/components/ui/list/column';
import type { Webhook } from '../api/webhook';
import { eventName } from './event-name';

export const webhookColumns: Column<Webhook>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    sort: 'name',
    cell: ({ id, name }) => (
      <TextLink to="/settings/webhooks/$id" params={{ id }} fw={500} c="inherit">
        {name}
      </TextLink>
    ),
  },
  { id: 'status', header: 'Status', width: 110, cell: ({ status }) => <StatusBadge status={status} /> },
  { id: 'url', header: 'URL', width: 300, cell: ({ url }) => <UrlText url={url} width={280} /> },
  {
    id: 'events',
    header: 'Events',
    width: 330,
    cell: ({ events }) => (
      <Group gap={4}>
        {events.map((event) => (
          <ToneBadge key={event} tone="neutral">
            {eventName(event)}
          </ToneBadge>
        ))}
      </Group>
    ),
  },
  {
    id: 'updated_at',
    header: 'Changed',
    width: 120,
    sort: 'updated_at',
    descFirst: true,
    cell: ({ updated_at }) => <Ago at={updated_at} />,
  },
];
