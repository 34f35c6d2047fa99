import { Text } from '@mantine/core';
import { IdText } from '@/components/ui/display/id-text';
import { Ago, Time } from '@/components/ui/display/time';
import { CallTarget } from '@/components/ui/entity/call-target';
import { EntityName } from '@/components/ui/entity/entity-name';
import type { Column } from '@/components/ui/list/column';
import { NOTHING } from '@/lib/format/numbers';
import type { DeadLetter, LetterKind } from '../api/list-dead-letters';

export function LetterTarget({ letter }: { letter: DeadLetter }) {
  if (!letter.target_id) return NOTHING;
  if (letter.target_kind === 'inbound_postback') return <EntityName kind="network" id={letter.target_id} />;
  return <CallTarget id={letter.target_id} />;
}

const COLUMNS: Column<DeadLetter>[] = [
  {
    id: 'died',
    header: 'Given up',
    isFixed: true,
    width: 150,
    cell: ({ died_at }) => (died_at ? <Time at={died_at} precision="second" /> : NOTHING),
  },
  { id: 'target', header: 'To', width: 150, cell: (letter) => <LetterTarget letter={letter} /> },
  {
    id: 'error',
    header: 'Why',
    width: 260,
    cell: ({ error, http_status }) => (
      <Text span size="sm" c="var(--tf-bad)" truncate display="block" maw={320} title={error}>
        {http_status ? `HTTP ${http_status} ` : ''}
        {error}
      </Text>
    ),
  },
  {
    id: 'attempts',
    header: 'Attempts',
    width: 90,
    align: 'right',
    cell: ({ attempts }) => attempts ?? NOTHING,
  },
  {
    id: 'transaction',
    header: 'Transaction id',
    width: 180,
    cell: ({ transaction_id }) => <IdText id={transaction_id} what="the transaction id" />,
  },
  {
    id: 'created',
    header: 'First tried',
    width: 120,
    cell: ({ created_at, received_at }) => <Ago at={created_at || received_at || null} />,
  },
  { id: 'node', header: 'Node', width: 160, cell: ({ node }) => node || NOTHING },
];

export function letterColumns(kind: LetterKind): Column<DeadLetter>[] {
  if (kind === 'outbound') return COLUMNS;
  const renamed: Record<string, string> = { died: 'Set aside', target: 'From', created: 'Received' };
  return COLUMNS.filter(({ id }) => id !== 'attempts').map((column) => ({
    ...column,
    header: renamed[column.id] ?? column.header,
  }));
}
