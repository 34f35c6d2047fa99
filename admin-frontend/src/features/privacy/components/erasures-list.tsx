import { Button, Modal, Stack, Text, Title } from '@mantine/core';
import { IconEraser } from '@tabler/icons-react';
import { useState } from 'react';
import { StatusBadge, words, type Tone } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import { EntityName } from '@/components/ui/entity/entity-name';
import type { Column } from '@/components/ui/list/column';
import { DataList } from '@/components/ui/list/data-list';
import { formatCount, plural } from '@/lib/format/numbers';
import { listRequest, type ListSearch } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useErasures, type Erasure } from '../api/list-erasures';
import { ErasureForm } from './erasure-form';

const TONES: Record<Erasure['state'], Tone> = {
  queued: 'neutral',
  erasing: 'info',
  settling: 'info',
  done: 'good',
};

const TABLES: Record<string, string> = {
  click_events: 'Clicks',
  trafficback_events: 'Trafficback',
  conversion_events: 'Conversions',
  conversion_versions: 'Versions of conversions',
  postback_log_events: 'Postback logs',
  kafka_ingestion_errors: 'Ingestion errors',
  conversion_rollup: 'Added-up conversions',
  conversions: 'Known conversions',
};

function Removed({ removed }: { removed: Record<string, number> }) {
  const some = Object.entries(removed).filter(([, count]) => count > 0);
  if (some.length === 0) return 'Nothing';
  return (
    <Text size="xs" style={{ whiteSpace: 'normal' }}>
      {some.map(([table, count]) => `${TABLES[table] ?? words(table)} ${formatCount(count)}`).join(' · ')}
    </Text>
  );
}

const COLUMNS: Column<Erasure>[] = [
  {
    id: 'requested',
    header: 'Requested',
    isFixed: true,
    width: 150,
    cell: ({ requested_at, requested_by }) => (
      <>
        <Ago at={requested_at} />
        <Text size="xs" c="dimmed" truncate>
          {requested_by.name}
        </Text>
      </>
    ),
  },
  {
    id: 'state',
    header: 'State',
    width: 150,
    cell: ({ state, error }) => (
      <>
        <StatusBadge status={state} tone={error ? 'bad' : TONES[state]} />
        {error && (
          <Text size="xs" style={{ color: 'var(--tf-bad)', whiteSpace: 'normal' }}>
            {error}. It is tried again.
          </Text>
        )}
      </>
    ),
  },
  {
    id: 'what',
    header: 'What',
    width: 200,
    cell: ({ kind, campaign_id }) => (
      <>
        {kind === 'click_id' ? 'A click' : 'A source’s click id'}
        {campaign_id && (
          <Text size="xs" c="dimmed" component="div">
            in <EntityName kind="campaign" id={campaign_id} />
          </Text>
        )}
      </>
    ),
  },
  {
    id: 'mode',
    header: 'Totals',
    width: 110,
    cell: ({ anonymise }) => (anonymise ? 'Anonymised' : 'Taken out'),
  },
  { id: 'removed', header: 'Removed', cell: ({ removed }) => <Removed removed={removed} /> },
  {
    id: 'done',
    header: 'Done',
    width: 150,
    cell: ({ done_at, repeats }) => (
      <>
        <Ago at={done_at} />
        {repeats > 0 && (
          <Text size="xs" c="dimmed">
            Came back {plural(repeats, 'time')}
          </Text>
        )}
      </>
    ),
  },
];

export function ErasuresList({ search }: { search: ListSearch }) {
  const url = useUrlSearch(search);
  const { limit, offset } = listRequest(search);
  const query = useErasures({ limit, offset });
  const [isAsking, setAsking] = useState(false);
  const request = (
    <Button variant="default" leftSection={<IconEraser size={16} />} onClick={() => setAsking(true)}>
      Erase…
    </Button>
  );
  return (
    <Stack gap="xs" component="section" aria-label="Erasures">
      <div>
        <Title order={2}>Erasures</Title>
        <Text size="sm" c="dimmed">
          What somebody asked to be forgotten. The ids themselves are forgotten once it is done.
        </Text>
      </div>
      <DataList
        name="erasures"
        noun="erasures"
        columns={COLUMNS}
        query={query}
        url={url}
        hasSearch={false}
        filters={request}
        rowId={({ id }) => id}
        rowName={({ requested_at }) => `the erasure of ${requested_at}`}
        empty={{
          title: 'No erasures',
          text: 'When a visitor asks to be forgotten, erase what is known of their clicks here.',
        }}
      />
      <Modal
        opened={isAsking}
        onClose={() => setAsking(false)}
        title="Erase what is known of a click"
        size="lg"
      >
        <ErasureForm onClose={() => setAsking(false)} />
      </Modal>
    </Stack>
  );
}
