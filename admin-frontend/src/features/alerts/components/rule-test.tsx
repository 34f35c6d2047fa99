import { Alert, Button, Card, Group, Stack, Table, Text } from '@mantine/core';
import { IconTestPipe } from '@tabler/icons-react';
import { Section } from '@/components/ui/display/section';
import { ToneBadge } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { errorMessage } from '@/lib/api/error';
import { plural } from '@/lib/format/numbers';
import { useTestRule, type RuleTest as Tested } from '../api/test-rule';
import { MeasuredValues, OutcomeBadge, SubjectName } from './alert-words';
import { ACTIONS } from './condition-kinds';

/** The saved rule, measured now: for what it holds, and what its actions would come to. */
export function RuleTest({ ruleId }: { ruleId: string }) {
  const { mutate, data, error, isPending } = useTestRule();
  return (
    <Card>
      <Section
        order={2}
        title="Test now"
        note="Measures the saved rule, and changes nothing"
        actions={
          <Button
            variant="default"
            leftSection={<IconTestPipe size={16} />}
            loading={isPending}
            onClick={() => mutate(ruleId)}
          >
            Test now
          </Button>
        }
      >
        <div role="status">
          {error && (
            <Alert color="red" variant="light" title="It could not be measured">
              {errorMessage(error)}
            </Alert>
          )}
          {data && <Result test={data} />}
        </div>
      </Section>
    </Card>
  );
}

function Result({ test: { subjects, evaluated_at } }: { test: Tested }) {
  const holding = subjects.filter(({ holds }) => holds).length;
  return (
    <Stack gap="sm">
      <Text size="sm">
        {subjects.length === 0
          ? 'There is nothing to measure yet'
          : `It holds for ${holding} of ${plural(subjects.length, 'subject')}`}
        , at <Time at={evaluated_at} precision="second" />.
      </Text>
      {subjects.length > 0 && (
        <Table.ScrollContainer minWidth={620}>
          <Table aria-label="What was measured">
            <Table.Thead>
              <Table.Tr>
                {['About', 'Holds', 'Measured', 'Would do'].map((title) => (
                  <Table.Th key={title} scope="col">
                    {title}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {subjects.map(({ subject, holds, values, would }) => (
                <Table.Tr
                  key={`${subject.kind} ${subject.id} ${subject.part}`}
                  style={{ verticalAlign: 'top' }}
                >
                  <Table.Td>
                    <SubjectName subject={subject} />
                  </Table.Td>
                  <Table.Td>
                    <ToneBadge tone={holds ? 'bad' : 'good'}>{holds ? 'Holds' : 'Does not hold'}</ToneBadge>
                  </Table.Td>
                  <Table.Td>
                    <MeasuredValues values={values} />
                  </Table.Td>
                  <Table.Td>
                    <Stack gap={4}>
                      {would.map(({ action, outcome, what }, at) => (
                        <Group key={at} gap={6} wrap="nowrap">
                          <OutcomeBadge outcome={outcome} />
                          <Text span size="sm">
                            {what || ACTIONS[action.kind].label}
                          </Text>
                        </Group>
                      ))}
                    </Stack>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}
