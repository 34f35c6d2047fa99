import { Group } from '@mantine/core';
import { TextLink } from '@/components/ui/display/links';
import { ToneBadge } from '@/components/ui/display/status-badge';
import { Ago, Time } from '@/components/ui/display/time';
import type { Column } from '@/components/ui/list/column';
import { NOTHING } from '@/lib/format/numbers';
import type { Alert } from '../api/list-alerts';
import { AlertStateBadge, MeasuredValues, SubjectName } from './alert-words';

export const alertColumns: Column<Alert>[] = [
  {
    id: 'opened',
    header: 'Opened',
    isFixed: true,
    width: 150,
    cell: ({ opened_at, since }) => <Time at={opened_at ?? since} />,
  },
  {
    id: 'state',
    header: 'State',
    width: 120,
    cell: (alert) => (
      <Group gap={4} wrap="nowrap">
        <AlertStateBadge alert={alert} />
        {alert.dry_run && <ToneBadge tone="neutral">Dry run</ToneBadge>}
      </Group>
    ),
  },
  {
    id: 'rule',
    header: 'Rule',
    width: 180,
    cell: ({ rule_id, rule_name }) => (
      <TextLink to="/alerts/rules/$id" params={{ id: rule_id }}>
        {rule_name}
      </TextLink>
    ),
  },
  { id: 'subject', header: 'About', width: 180, cell: ({ subject }) => <SubjectName subject={subject} /> },
  {
    id: 'values',
    header: 'Measured',
    width: 240,
    cell: ({ values }) => <MeasuredValues values={values} isShort />,
  },
  {
    id: 'by',
    header: 'Looked after by',
    width: 150,
    cell: ({ acknowledged_by }) => acknowledged_by?.name ?? NOTHING,
  },
  { id: 'resolved', header: 'Resolved', width: 110, cell: ({ resolved_at }) => <Ago at={resolved_at} /> },
];
