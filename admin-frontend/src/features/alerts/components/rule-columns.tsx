import { Group, Text } from '@mantine/core';
import { TextLink } from '@/components/ui/display/links';
import { StatusBadge, ToneBadge } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import type { Column } from '@/components/ui/list/column';
import { formatCount, formatDuration, NOTHING } from '@/lib/format/numbers';
import type { AlertRule } from '../api/list-rules';
import { ACTIONS, CONDITIONS } from './condition-kinds';

export function Evaluation({ rule: { evaluation } }: { rule: AlertRule }) {
  if (!evaluation) return 'not yet';
  const { at, outcome, holding, subjects, error } = evaluation;
  return (
    <Group gap={6} wrap="nowrap">
      <Ago at={at} />
      <Text span size="sm" c={outcome === 'skipped' ? 'var(--tf-warn)' : 'dimmed'} title={error ?? undefined}>
        {outcome === 'skipped'
          ? `skipped: ${error ?? ''}`
          : `holds for ${formatCount(holding)} of ${formatCount(subjects)}`}
      </Text>
    </Group>
  );
}

export const ruleColumns: Column<AlertRule>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    cell: ({ id, name }) => (
      <TextLink to="/alerts/rules/$id" params={{ id }} fw={500} c="inherit">
        {name}
      </TextLink>
    ),
  },
  {
    id: 'status',
    header: 'Status',
    width: 150,
    cell: ({ status, dry_run }) => (
      <Group gap={4} wrap="nowrap">
        <StatusBadge status={status} />
        {dry_run && <ToneBadge tone="neutral">Dry run</ToneBadge>}
      </Group>
    ),
  },
  { id: 'condition', header: 'When', width: 200, cell: ({ condition }) => CONDITIONS[condition.kind].label },
  {
    id: 'actions',
    header: 'Does',
    width: 220,
    cell: ({ actions }) =>
      actions.length > 0 ? actions.map(({ kind }) => ACTIONS[kind].label).join(', ') : NOTHING,
  },
  {
    id: 'for',
    header: 'After',
    width: 90,
    cell: ({ for_minutes }) => (for_minutes === 0 ? 'at once' : formatDuration(for_minutes * 60_000)),
  },
  { id: 'evaluation', header: 'Last look', width: 220, cell: (rule) => <Evaluation rule={rule} /> },
  {
    id: 'updated',
    header: 'Changed',
    width: 110,
    isHidden: true,
    cell: ({ updated_at }) => <Ago at={updated_at} />,
  },
];
