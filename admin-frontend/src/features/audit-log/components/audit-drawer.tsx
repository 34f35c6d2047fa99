import { Alert, Stack } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ChangesView } from '@/components/ui/display/diff-view';
import { IdText } from '@/components/ui/display/id-text';
import { KeyValue } from '@/components/ui/display/key-value';
import { Section } from '@/components/ui/display/section';
import { Time } from '@/components/ui/display/time';
import { DetailDrawer } from '@/components/ui/overlay/detail-drawer';
import { entityNamesOptions, type EntityKind } from '@/lib/entities/entities';
import { useAuditEntry } from '../api/audit-entry';
import type { AuditEntry } from '../api/list-audit-log';
import { ActionBadge, ActorName, AuditSubject } from './audit-columns';
import { namedValues } from './named-values';
import { resourceWords } from './resources';

const KINDS: EntityKind[] = ['campaign', 'destination', 'landing', 'source', 'network', 'template', 'domain'];

/** Names of all that an entry may refer to. */
function useNamesById(): ReadonlyMap<string, string> {
  const found = useQueries({
    queries: KINDS.map((kind) => entityNamesOptions(kind)),
    combine: (results) => results.map(({ data }) => data),
  });
  return useMemo(() => {
    const names = new Map<string, string>();
    for (const kind of found) kind?.forEach(({ id, name }) => names.set(id, name));
    return names;
  }, [found]);
}

type Props = { id: string | undefined; onClose: () => void };

export function AuditDrawer({ id, onClose }: Props) {
  const { data, error, refetch } = useAuditEntry(id);
  return (
    <DetailDrawer
      isOpen={id !== undefined}
      onClose={onClose}
      title={data ? `${resourceWords(data.resource)}: ${data.name}` : 'Entry'}
      isReady={data !== undefined}
      error={error}
      onRetry={() => void refetch()}
      size={760}
    >
      {data && <Entry entry={data} />}
    </DetailDrawer>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const names = useNamesById();
  const hasValues = entry.before !== null || entry.after !== null;
  return (
    <Stack gap="lg">
      <KeyValue
        entries={[
          ['Time', <Time key="at" at={entry.at} precision="second" />],
          ['Who', <ActorName key="who" actor={entry.actor} />],
          ['Did', <ActionBadge key="did" entry={entry} />],
          ['To', <AuditSubject key="to" entry={entry} />],
          ['Its id', entry.resource_id && <IdText key="id" id={entry.resource_id} what="the id" isWhole />],
          ['Entry', <IdText key="entry" id={entry.id} what="the id of the entry" isWhole />],
        ]}
      />
      {entry.state === 'attempted' && (
        <Alert color="yellow" variant="light">
          It was about to be done when the server stopped. Whether it was done is not known.
        </Alert>
      )}
      {hasValues && (
        <Section title="What changed">
          <ChangesView
            before={namedValues(entry.before ?? {}, names)}
            after={namedValues(entry.after ?? {}, names)}
          />
        </Section>
      )}
    </Stack>
  );
}
