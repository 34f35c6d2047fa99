import { Alert, Button, Card, SimpleGrid, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPencil } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { Chart } from '@/components/ui/chart/chart';
import { KeyValue } from '@/components/ui/display/key-value';
import { PageHeader } from '@/components/ui/display/page-header';
import { Section } from '@/components/ui/display/section';
import { words } from '@/components/ui/display/status-badge';
import { Ago, Time } from '@/components/ui/display/time';
import { ErrorNotice, NotFoundPage, PagePending } from '@/components/ui/feedback/pages';
import { notifyDone } from '@/components/ui/feedback/notify';
import { ConfirmAction } from '@/components/ui/overlay/confirm-action';
import { isNotFound } from '@/lib/api/error';
import { formatBytes, formatCount, formatDuration, plural } from '@/lib/format/numbers';
import { useMe } from '@/lib/session/me';
import { formatInstant } from '@/lib/time/format';
import { useZone } from '@/lib/time/use-zone';
import { useForgetNode } from '../api/forget-node';
import { useNode, type NodeDetail } from '../api/node';
import { dayPoints } from './node-day';
import { NodeForm } from './node-form';
import { ClockSkew, NodeStatus, OutboxState } from './node-status';

const PARENTS = [{ label: 'Nodes', to: '/nodes' }];
const CHART_POINTS = 240;

export function NodePage({ id }: { id: string }) {
  const { data: node, error, refetch } = useNode(id);
  const isAdmin = useMe()?.is_installation_admin ?? false;
  const [isEditing, editing] = useDisclosure(false);
  const { mutateAsync: forget } = useForgetNode();
  const navigate = useNavigate();
  if (!node) {
    if (isNotFound(error)) return <NotFoundPage />;
    return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <PagePending />;
  }
  const name = node.name ?? node.node_id;
  return (
    <>
      <PageHeader
        title={name}
        parents={PARENTS}
        badge={<NodeStatus node={node} />}
        actions={
          isAdmin && (
            <>
              {node.status === 'silent' && (
                <ConfirmAction
                  title={`Forget “${name}”?`}
                  body="Its name, notes and last day are gone. Its events stay. If it comes back, it is a new node."
                  confirm="Forget"
                  run={async () => {
                    await forget(node.node_id);
                    notifyDone(`“${name}” forgotten`);
                    await navigate({ to: '/nodes' });
                  }}
                >
                  Forget
                </ConfirmAction>
              )}
              <Button variant="default" leftSection={<IconPencil size={16} />} onClick={editing.open}>
                Name and notes
              </Button>
            </>
          )
        }
      />
      <Stack gap="md">
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Card>
            <Section order={2} title="Node">
              <KeyValue
                entries={[
                  ['Calls itself', node.node_id],
                  ['Role', words(node.role)],
                  ['Version', node.version],
                  ['Address', node.address],
                  ['Last heard', <Ago key="seen" at={node.last_seen} />],
                  ['Started', node.started_at && <Time key="started" at={node.started_at} />],
                  ['First heard', <Time key="first" at={node.first_seen} />],
                  ['Notes', node.notes],
                ]}
              />
            </Section>
          </Card>
          <Card>
            <NodeHealth node={node} />
          </Card>
        </SimpleGrid>
        <LastDay node={node} />
      </Stack>
      {isEditing && <NodeForm node={node} onClose={editing.close} />}
    </>
  );
}

function NodeHealth({ node }: { node: NodeDetail }) {
  const { state } = node;
  const configuration = `version ${formatCount(node.snapshot_version)}, ${node.is_current ? 'the latest' : 'behind the latest'}`;
  return (
    <Section order={2} title="How it is">
      {!state && <Alert variant="light">It says nothing of itself.</Alert>}
      <KeyValue
        entries={[
          ['Configuration', configuration],
          ['Made', state && `${formatDuration(state.snapshot_age_ms)} ago`],
          [
            'Confirmed',
            state &&
              typeof state.snapshot_confirmed_age_ms === 'number' &&
              `${formatDuration(state.snapshot_confirmed_age_ms)} before it said so`,
          ],
          ['Refused', state && state.snapshot_refused > 0 && plural(state.snapshot_refused, 'configuration')],
          ['Outbox', state && <OutboxState key="outbox" state={state.outbox_state} />],
          [
            'Waiting',
            state &&
              `${plural(state.outbox_events, 'event')}, ${formatBytes(state.outbox_bytes)} of ${formatBytes(state.outbox_max_bytes)}`,
          ],
          ['Oldest waits', state && state.outbox_events > 0 && formatDuration(state.outbox_oldest_age_ms)],
          ['Lost', state && state.outbox_dropped > 0 && plural(state.outbox_dropped, 'event')],
          ['Sends to', state && `${state.sink}${state.is_sink_refusing ? ', which refuses' : ''}`],
          ['Clock', state && <ClockSkew key="clock" ms={state.clock_offset_ms} />],
          ['Said', node.reported_at && <Ago key="said" at={node.reported_at} />],
        ]}
      />
    </Section>
  );
}

function LastDay({ node }: { node: NodeDetail }) {
  const [zone] = useZone();
  const points = dayPoints(node.history, CHART_POINTS);
  const formatX = (x: string) => formatInstant(x, zone).slice(11);
  if (points.length < 2) return null;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Card>
        <Section order={2} title="Outbox, last day" note={`Times in ${zone}`}>
          <Chart
            label="Events waiting in the outbox, last day"
            xLabel="Time"
            height={220}
            rows={points.map(({ at, events, oldestMs }) => ({
              x: at,
              values: { events, oldest: oldestMs / 1000 },
            }))}
            series={[
              { key: 'events', name: 'Events waiting', format: formatCount, kind: 'area' },
              {
                key: 'oldest',
                name: 'Oldest, seconds',
                format: (seconds) => formatDuration(seconds * 1000),
                isRight: true,
              },
            ]}
            formatX={formatX}
          />
        </Section>
      </Card>
      <Card>
        <Section order={2} title="Clock, last day" note="Ahead of ours above zero">
          <Chart
            label="Clock offset, last day"
            xLabel="Time"
            height={220}
            rows={points.map(({ at, clockMs }) => ({ x: at, values: { clock: clockMs } }))}
            series={[{ key: 'clock', name: 'Milliseconds ahead', format: (ms) => `${formatCount(ms)} ms` }]}
            formatX={formatX}
          />
        </Section>
      </Card>
    </SimpleGrid>
  );
}
