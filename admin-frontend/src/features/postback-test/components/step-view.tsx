/** What one step of the test saw, in words and names; steps without a view of their own say it in their message. */
import { Code, List, Stack, Table, Text } from '@mantine/core';
import { CodeBlock } from '@/components/ui/display/code-block';
import { KeyValue } from '@/components/ui/display/key-value';
import { Money } from '@/components/ui/display/money';
import { StatusBadge, words } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { WideTable } from '@/components/ui/display/wide-table';
import { EntityName } from '@/components/ui/entity/entity-name';
import type { Schemas } from '@/lib/api/client';
import { NOTHING } from '@/lib/format/numbers';
import { clickDetail, conversionDetail, fieldsDetail, outboundDetail } from './step-detail';

type Step = Schemas['PostbackStep'];

export function StepView({ step: { name, detail } }: { step: Step }) {
  switch (name) {
    case 'fields':
      return <FieldsView detail={detail} />;
    case 'click':
      return <ClickView detail={detail} />;
    case 'conversion':
      return <ConversionView detail={detail} />;
    case 'outbound':
      return <OutboundView detail={detail} />;
    default:
      return null;
  }
}

function FieldsView({ detail }: { detail: unknown }) {
  const { data } = fieldsDetail.safeParse(detail);
  if (!data) return null;
  const { parameters, values, payload, errors = [] } = data;
  const known = new Set(Object.values(parameters));
  const unused = Object.keys(payload ?? {}).filter((name) => !known.has(name));
  const fields = new Set([...Object.keys(parameters), ...errors.map(({ field }) => field)]);
  return (
    <Stack gap={6}>
      <WideTable label="What was read" minWidth={420} isPlain>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Field</Table.Th>
            <Table.Th>Read from</Table.Th>
            <Table.Th>Value</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {[...fields].map((field) => {
            const parameter = parameters[field];
            const error = errors.find((each) => each.field === field)?.error;
            const raw = parameter ? payload?.[parameter] : undefined;
            const value = values?.[field] ?? (typeof raw === 'string' || typeof raw === 'number' ? raw : '');
            return (
              <Table.Tr key={field}>
                <Table.Td>{words(field)}</Table.Td>
                <Table.Td>{parameter ? <Code>{parameter}</Code> : NOTHING}</Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  {value === '' ? NOTHING : value}
                  {error && (
                    <Text size="sm" c="var(--tf-bad)">
                      {error}
                    </Text>
                  )}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </WideTable>
      {unused.length > 0 && (
        <Text size="sm" c="dimmed">
          Not read: {unused.join(', ')}
        </Text>
      )}
    </Stack>
  );
}

function ClickView({ detail }: { detail: unknown }) {
  const { data: click } = clickDetail.safeParse(detail);
  if (!click?.campaign_id) return null;
  return (
    <KeyValue
      entries={[
        ['Campaign', <EntityName key="campaign" kind="campaign" id={click.campaign_id} />],
        ['Source', <EntityName key="source" kind="source" id={click.source_id} />],
        ['Destination', <EntityName key="destination" kind="destination" id={click.destination_id} />],
        ['When', <Time key="at" at={click.created_at} precision="second" />],
        ['From', [click.geo_country, click.device_type].filter(Boolean).join(', ')],
        ['Cost', <Money key="cost" amount={click.cost} currency={click.currency ?? undefined} />],
      ]}
    />
  );
}

function ConversionView({ detail }: { detail: unknown }) {
  const { data } = conversionDetail.safeParse(detail);
  if (!data) return null;
  const { outcome, state } = data;
  return (
    <KeyValue
      entries={[
        ['Outcome', words(outcome)],
        ['Status', <StatusBadge key="status" status={state.status} />],
        [
          'Before',
          state.version > 1 ? <StatusBadge key="before" status={state.previous_status} /> : undefined,
        ],
        ['Payout', <Money key="payout" amount={state.payout} currency={state.currency} />],
      ]}
    />
  );
}

function OutboundView({ detail }: { detail: unknown }) {
  const { data } = outboundDetail.safeParse(detail);
  if (!data || data.calls.length === 0) return null;
  return (
    <List size="sm" spacing={6} listStyleType="none">
      {data.calls.map(({ id, name, reason, request }) => (
        <List.Item key={id} styles={{ itemWrapper: { width: '100%' }, itemLabel: { width: '100%' } }}>
          {name || 'Postback'}
          {reason && <Text size="sm">Not called: {reason}</Text>}
          {request && (
            <CodeBlock
              code={[`${request.method} ${request.url}`, request.body].filter(Boolean).join('\n\n')}
              what="the call"
            />
          )}
        </List.Item>
      ))}
    </List>
  );
}
