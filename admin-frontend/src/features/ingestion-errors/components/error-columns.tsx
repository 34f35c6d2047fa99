import { Text } from '@mantine/core';
import { HiddenMoney } from '@/components/ui/display/money';
import { StatusBadge, type Tone } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { EntityName } from '@/components/ui/entity/entity-name';
import type { Column } from '@/components/ui/list/column';
import type { IngestionError } from '../api/list-ingestion-errors';
import { topicName } from './topics';

const TONES: Record<string, Tone> = { new: 'bad', reingested: 'good', dismissed: 'neutral' };

export function ErrorState({ state = 'new' }: { state?: string }) {
  return <StatusBadge status={state} tone={TONES[state]} />;
}

export const errorColumns: Column<IngestionError>[] = [
  {
    id: 'time',
    header: 'Time',
    isFixed: true,
    width: 150,
    cell: ({ observed_at }) => <Time at={observed_at} precision="second" />,
  },
  { id: 'state', header: 'State', width: 110, cell: ({ state }) => <ErrorState state={state} /> },
  { id: 'topic', header: 'Topic', width: 150, cell: ({ topic }) => topicName(topic) },
  {
    id: 'error',
    header: 'Error',
    width: 320,
    cell: ({ error }) =>
      error === null || error === undefined ? (
        <HiddenMoney />
      ) : (
        <Text span size="sm" c="var(--tf-bad)" truncate display="block" maw={420} title={error}>
          {error}
        </Text>
      ),
  },
  { id: 'node', header: 'Node', width: 120, cell: ({ node_id }) => <EntityName kind="node" id={node_id} /> },
  { id: 'by', header: 'Handled by', width: 160, cell: ({ handled_by }) => handled_by || '–' },
];
