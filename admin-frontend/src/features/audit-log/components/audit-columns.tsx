import { Group, Text } from '@mantine/core';
import { ToneBadge, words, type Tone } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { EntityName } from '@/components/ui/entity/entity-name';
import type { Column } from '@/components/ui/list/column';
import { NOTHING, plural } from '@/lib/format/numbers';
import type { AuditEntry } from '../api/list-audit-log';
import { kindOf, resourceWords } from './resources';

const TONES: Record<AuditEntry['action'], Tone> = {
  created: 'good',
  updated: 'info',
  deleted: 'bad',
  done: 'neutral',
};

const ACTORS: Record<AuditEntry['actor']['kind'], string> = {
  user: '',
  api_key: 'API key',
  bootstrap: 'Bootstrap token',
  command_line: 'Command line',
  alert_rule: 'Alert rule',
};

export function ActorName({ actor: { kind, name } }: { actor: AuditEntry['actor'] }) {
  const of = ACTORS[kind];
  return (
    <Group gap={6} wrap="nowrap">
      <span>{name || of || 'somebody'}</span>
      {of && name && of.toLowerCase() !== name.toLowerCase() && (
        <Text span size="xs" c="dimmed">
          {of}
        </Text>
      )}
    </Group>
  );
}

export function ActionBadge({ entry: { action, what, state } }: { entry: AuditEntry }) {
  return (
    <Group gap={6} wrap="nowrap">
      <ToneBadge tone={TONES[action]}>{words(action)}</ToneBadge>
      {what && (
        <Text span size="sm" truncate maw={220} title={what}>
          {what}
        </Text>
      )}
      {state === 'attempted' && <ToneBadge tone="warn">Attempted only</ToneBadge>}
    </Group>
  );
}

/** A link to what it is of, while that exists; its name as it was then otherwise. */
export function AuditSubject({ entry: { resource, resource_id, name, action } }: { entry: AuditEntry }) {
  const kind = kindOf(resource);
  if (kind && action !== 'deleted' && resource_id)
    return <EntityName kind={kind} id={resource_id} name={name} />;
  return <span>{name || NOTHING}</span>;
}

function changedText({ diff, is_cut, action }: AuditEntry): string {
  if (is_cut) return 'many';
  if (action === 'created' || action === 'deleted' || diff.length === 0) return NOTHING;
  const paths = diff.map(({ path }) => path).filter((path) => path !== 'revision' && path !== 'updated_at');
  return paths.length <= 3
    ? paths.join(', ')
    : `${paths.slice(0, 2).join(', ')} and ${plural(paths.length - 2, 'other')}`;
}

export const auditColumns: Column<AuditEntry>[] = [
  {
    id: 'time',
    header: 'Time',
    isFixed: true,
    width: 150,
    cell: ({ at }) => <Time at={at} precision="second" />,
  },
  { id: 'actor', header: 'Who', width: 190, cell: ({ actor }) => <ActorName actor={actor} /> },
  { id: 'action', header: 'Did', width: 130, cell: (entry) => <ActionBadge entry={entry} /> },
  { id: 'resource', header: 'To', width: 150, cell: ({ resource }) => resourceWords(resource) },
  { id: 'name', header: 'Name', width: 180, cell: (entry) => <AuditSubject entry={entry} /> },
  {
    id: 'changed',
    header: 'Changed',
    width: 240,
    cell: (entry) => (
      <Text span size="sm" c="dimmed" truncate display="block" maw={320}>
        {changedText(entry)}
      </Text>
    ),
  },
];
