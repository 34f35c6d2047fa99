/** Whether DNS has proven the domain, and the records that do it. */
import { Alert, Button, Card, Code, Group, Stack, Table, Text, Title } from '@mantine/core';
import { CopyButton } from '@/components/ui/display/copy-button';
import { Ago } from '@/components/ui/display/time';
import { WideTable } from '@/components/ui/display/wide-table';
import { May } from '@/components/ui/feedback/may';
import { notifyDone, notifyFailure } from '@/components/ui/feedback/notify';
import type { Domain } from '../api/domain';
import { useVerifyDomain } from '../api/verify-domain';

export function DomainProof({ domain }: { domain: Domain }) {
  const { id, host, verified, instructions, check } = domain;
  const { mutate: verify, isPending } = useVerifyDomain();
  const lookUp = () =>
    verify(id, {
      onSuccess: (found) => {
        if (found.verified) notifyDone(`“${host}” is verified`);
        else
          notifyFailure(
            `“${host}” is not verified yet`,
            new Error(found.check.error ?? 'No record was found.'),
          );
      },
      onError: (error) => notifyFailure(`“${host}” could not be looked up`, error),
    });
  return (
    <Card>
      <Group justify="space-between" align="flex-start" mb="sm">
        <div>
          <Title order={2}>DNS</Title>
          <Text size="sm" c="dimmed">
            {instructions.length > 1
              ? 'Set one of these records where the domain is managed. Either proves it.'
              : 'Set this record where the domain is managed, and point the host at a traffic node.'}
          </Text>
        </div>
        <May permission="config:write">
          <Button variant={verified ? 'default' : 'filled'} loading={isPending} onClick={lookUp}>
            Verify now
          </Button>
        </May>
      </Group>
      <Stack gap="sm">
        {check.error && (
          <Alert
            color={verified ? 'yellow' : 'red'}
            variant="light"
            title="The last look-up did not prove it"
          >
            {check.error}
          </Alert>
        )}
        <WideTable label="DNS records to set" minWidth={560}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={80}>Type</Table.Th>
              <Table.Th>Name</Table.Th>
              <Table.Th>Value</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {instructions.map(({ type, name, value }) => (
              <Table.Tr key={type}>
                <Table.Td>{type}</Table.Td>
                <Table.Td>
                  <Copied text={name} what={`the name of the ${type} record`} />
                </Table.Td>
                <Table.Td>
                  <Copied text={value} what={`the value of the ${type} record`} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
        <Text size="sm" c="dimmed">
          {check.checked_at ? (
            <>
              Looked up <Ago at={check.checked_at} />
              {check.method && `, proven by its ${check.method.toUpperCase()} record`}.{' '}
            </>
          ) : (
            'Not looked up yet. '
          )}
          It is looked up again and again by itself; DNS may take up to an hour to show a change.
        </Text>
      </Stack>
    </Card>
  );
}

function Copied({ text, what }: { text: string; what: string }) {
  return (
    <Group gap={4} wrap="nowrap">
      <Code style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>{text}</Code>
      <CopyButton value={text} what={what} />
    </Group>
  );
}
