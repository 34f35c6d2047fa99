/** What nodes gave up: calls that nobody took, and postbacks that were refused behind their answer. */
import { Alert, Card, Group, List, Stack, Tabs, Text } from '@mantine/core';
import { IconRepeat } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { PageHeader } from '@/components/ui/display/page-header';
import { ToneBadge } from '@/components/ui/display/status-badge';
import { May } from '@/components/ui/feedback/may';
import { notifyDone, notifyFailure } from '@/components/ui/feedback/notify';
import { DataList } from '@/components/ui/list/data-list';
import { ConfirmAction } from '@/components/ui/overlay/confirm-action';
import { formatCount, plural } from '@/lib/format/numbers';
import { listRequest, type ListSearch } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMay } from '@/lib/session/me';
import { useDeadLetters, type DeadLetter, type LetterKind, type NodeTotal } from '../api/list-dead-letters';
import { useRetryDeadLetters, type Retry } from '../api/retry-dead-letters';
import { LetterDrawer } from './letter-drawer';
import { letterColumns } from './letter-columns';

export type DeadLettersSearch = ListSearch & { kind?: 'inbound' };

const keyOf = ({ key, node, transaction_id, died_at }: DeadLetter) =>
  key ?? `${node ?? ''}.${transaction_id ?? ''}.${died_at ?? ''}`;

export function DeadLettersPage({ search }: { search: DeadLettersSearch }) {
  const url = useUrlSearch(search);
  const kind: LetterKind = search.kind ?? 'outbound';
  return (
    <>
      <PageHeader
        title="Dead letters"
        description="What nodes gave up after all their tries. Put it back on its way once the cause is mended."
      />
      <Tabs
        value={kind}
        onChange={(next) => url.change({ kind: next === 'inbound' ? 'inbound' : undefined })}
        mb="sm"
      >
        <Tabs.List>
          <Tabs.Tab value="outbound">Calls to sources and webhooks</Tabs.Tab>
          <Tabs.Tab value="inbound">Postbacks set aside</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value={kind} pt="sm">
          <Letters key={kind} kind={kind} search={search} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function Letters({ kind, search }: { kind: LetterKind; search: DeadLettersSearch }) {
  const url = useUrlSearch(search);
  const { limit, offset } = listRequest(search);
  const query = useDeadLetters(kind, { limit, offset });
  const mayOperate = useMay('operate');
  const { mutateAsync: retry } = useRetryDeadLetters();
  const [open, setOpen] = useState<DeadLetter>();
  const columns = useMemo(() => letterColumns(kind), [kind]);
  const total = query.data?.total ?? 0;

  async function putBack(keys: Retry['keys']) {
    const { retried, nodes } = await retry({ kind, keys });
    const failed = nodes.filter((node) => node.failed);
    if (failed.length > 0) {
      const said = failed.map(({ node, failed: why }) => `${node}: ${why}`).join('; ');
      notifyFailure(`${plural(failed.length, 'node')} could not be asked`, new Error(said));
    }
    notifyDone(`${formatCount(retried)} on the way again`);
  }

  return (
    <Stack gap="sm">
      {query.data && <NodesAsked nodes={query.data.nodes} />}
      <DataList
        name={`dead-letters.${kind}`}
        noun={kind === 'outbound' ? 'dead letters' : 'postbacks set aside'}
        columns={columns}
        query={query}
        url={url}
        hasSearch={false}
        rowId={keyOf}
        rowName={({ transaction_id, target_kind }) => `${target_kind ?? 'call'} ${transaction_id ?? ''}`}
        onOpen={setOpen}
        bulk={
          mayOperate
            ? [
                {
                  label: 'Retry',
                  icon: <IconRepeat size={15} />,
                  run: (rows) => putBack(rows.flatMap(({ key }) => key ?? [])),
                },
              ]
            : undefined
        }
        filters={
          total > 0 && (
            <May permission="operate">
              <ConfirmAction
                title={kind === 'outbound' ? 'Make all calls again?' : 'Take all postbacks again?'}
                body={`${plural(total, 'entry', 'entries')} of all nodes that answer. What fails again comes back here.`}
                confirm="Retry all"
                isDangerous={false}
                leftSection={<IconRepeat size={15} />}
                run={() => putBack('all')}
              >
                Retry all
              </ConfirmAction>
            </May>
          )
        }
        empty={
          kind === 'outbound'
            ? {
                title: 'No call was given up',
                text: 'Calls to traffic sources and webhooks that fail again and again end here, to be made again.',
              }
            : {
                title: 'No postback is set aside',
                text: 'A postback that was taken and then refused, for example since its network is gone, waits here.',
              }
        }
      />
      <LetterDrawer letter={open} onClose={() => setOpen(undefined)} onRetry={(key) => putBack([key])} />
    </Stack>
  );
}

/** Which nodes the list speaks of; those that could not be asked are said first. */
function NodesAsked({ nodes }: { nodes: NodeTotal[] }) {
  const silent = nodes.filter(({ failed }) => failed);
  return (
    <>
      {silent.length > 0 && (
        <Alert
          color="yellow"
          variant="light"
          title={`${plural(silent.length, 'node')} could not be asked: the list is not whole`}
        >
          <List size="sm">
            {silent.map(({ node, failed }) => (
              <List.Item key={node}>
                {node}: {failed}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Card py="xs">
        <Group gap="md">
          <Text size="sm" c="dimmed">
            Nodes asked
          </Text>
          {nodes.map(({ node, total, failed }) => (
            <Group key={node} gap={6}>
              <ToneBadge tone={failed ? 'bad' : 'good'}>{node}</ToneBadge>
              <Text size="sm" className="tabular">
                {failed ? 'no answer' : formatCount(total)}
              </Text>
            </Group>
          ))}
          {nodes.length === 0 && <Text size="sm">No postback node is known.</Text>}
        </Group>
      </Card>
    </>
  );
}
