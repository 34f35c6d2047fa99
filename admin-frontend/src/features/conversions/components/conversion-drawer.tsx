import { Stack, Table, Text } from '@mantine/core';
import { IdText } from '@/components/ui/display/id-text';
import { KeyValue } from '@/components/ui/display/key-value';
import { TextLink } from '@/components/ui/display/links';
import { Money } from '@/components/ui/display/money';
import { Section } from '@/components/ui/display/section';
import { StatusBadge, words } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { EntityName } from '@/components/ui/entity/entity-name';
import { SourceName } from '@/components/ui/entity/source-name';
import { DetailDrawer } from '@/components/ui/overlay/detail-drawer';
import { NOTHING } from '@/lib/format/numbers';
import { useConversion, type ConversionHistory } from '../api/conversion';
import { AttributionBadge } from './conversion-columns';

type Props = { id: string | undefined; onClose: () => void };

export function ConversionDrawer({ id, onClose }: Props) {
  const { data, error, refetch } = useConversion(id);
  return (
    <DetailDrawer
      isOpen={id !== undefined}
      onClose={onClose}
      title={data?.event_type ? `Conversion “${data.event_type}”` : 'Conversion'}
      badge={data && <StatusBadge status={data.status} />}
      isReady={data !== undefined}
      error={error}
      onRetry={() => void refetch()}
    >
      {data && <Conversion conversion={data} />}
    </DetailDrawer>
  );
}

function Conversion({ conversion }: { conversion: ConversionHistory }) {
  const { click_id, transaction_id, conversion_id, campaign_id, destination_id, source_id, network_id } =
    conversion;
  return (
    <Stack gap="lg">
      <KeyValue
        entries={[
          ['Payout', <Money key="payout" amount={conversion.payout} currency={conversion.currency} />],
          [
            'Network',
            <EntityName key="network" kind="network" id={network_id} name={conversion.network_name} />,
          ],
          [
            'Transaction id',
            transaction_id && <IdText key="t" id={transaction_id} what="the transaction id" isWhole />,
          ],
          ['First postback', <Time key="created" at={conversion.created_at} precision="second" />],
          ['Last change', <Time key="updated" at={conversion.updated_at} precision="second" />],
          ['Conversion id', <IdText key="c" id={conversion_id} what="the conversion id" isWhole />],
        ]}
      />
      <Section title="Click" note={<AttributionBadge attribution={conversion.attribution} />}>
        <KeyValue
          entries={[
            ['Click id', click_id && <IdText key="click" id={click_id} what="the click id" isWhole />],
            [
              'Clicked',
              conversion.clicked_at && <Time key="at" at={conversion.clicked_at} precision="second" />,
            ],
            [
              'Campaign',
              campaign_id && (
                <EntityName key="campaign" kind="campaign" id={campaign_id} name={conversion.campaign_name} />
              ),
            ],
            ['Destination', destination_id && <EntityName key="to" kind="destination" id={destination_id} />],
            [
              'Traffic source',
              source_id && <SourceName key="source" id={source_id} name={conversion.source_name} />,
            ],
          ]}
        />
        {conversion.attribution === 'click' && (
          <TextLink to="/clicks" search={{ open: click_id }}>
            The whole story of the click
          </TextLink>
        )}
      </Section>
      <Section
        title="History"
        actions={
          <TextLink to="/postbacks" search={{ filters: { conversion_id } }}>
            Its postbacks
          </TextLink>
        }
      >
        <History conversion={conversion} />
      </Section>
    </Stack>
  );
}

function History({ conversion: { history } }: { conversion: ConversionHistory }) {
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table aria-label="Versions">
        <Table.Thead>
          <Table.Tr>
            {['Version', 'Time', 'Status', 'Network said', 'Payout', 'Outcome'].map((title) => (
              <Table.Th key={title} scope="col">
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {history.map(({ version, updated_at, status, raw_status, payout, currency, outcome }) => (
            <Table.Tr key={version}>
              <Table.Th scope="row" fw={500}>
                {version}
              </Table.Th>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                <Time at={updated_at} precision="second" />
              </Table.Td>
              <Table.Td>
                <StatusBadge status={status} />
              </Table.Td>
              <Table.Td>{raw_status || NOTHING}</Table.Td>
              <Table.Td>
                <Money amount={payout} currency={currency} />
              </Table.Td>
              <Table.Td>
                <Text span size="sm">
                  {outcome ? words(outcome) : NOTHING}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
