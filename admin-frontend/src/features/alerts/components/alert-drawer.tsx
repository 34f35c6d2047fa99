import { Alert as Notice, Button, Group, Stack, Table, Text } from '@mantine/core';
import { KeyValue } from '@/components/ui/display/key-value';
import { TextLink } from '@/components/ui/display/links';
import { Section } from '@/components/ui/display/section';
import { ToneBadge } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { DetailDrawer } from '@/components/ui/overlay/detail-drawer';
import { useAlert } from '../api/alert';
import type { Alert } from '../api/list-alerts';
import { AlertStateBadge, MeasuredValues, OutcomeBadge, SubjectName } from './alert-words';
import { ACTIONS, CONDITIONS, type ConditionKind } from './condition-kinds';
import { useAlertActions } from './use-alert-actions';

type Props = { id: string | undefined; onClose: () => void };

const RESOLUTIONS: Record<NonNullable<Alert['resolution']>, string> = {
  condition_over: 'The condition is over',
  rule_gone: 'Its rule was paused or deleted',
  rule_changed: 'Its rule was changed',
};

function conditionLabel(kind: string): string {
  const isKnown = (each: string): each is ConditionKind => each in CONDITIONS;
  return isKnown(kind) ? CONDITIONS[kind].label : kind;
}

export function AlertDrawer({ id, onClose }: Props) {
  const { data, error, refetch } = useAlert(id);
  return (
    <DetailDrawer
      isOpen={id !== undefined}
      onClose={onClose}
      title={data?.rule_name ?? 'Alert'}
      badge={
        data && (
          <>
            <AlertStateBadge alert={data} />
            {data.dry_run && <ToneBadge tone="neutral">Dry run</ToneBadge>}
          </>
        )
      }
      isReady={data !== undefined}
      error={error}
      onRetry={() => void refetch()}
    >
      {data && <Details alert={data} />}
    </DetailDrawer>
  );
}

function Details({ alert }: { alert: Alert }) {
  const actions = useAlertActions()(alert).filter((each) => each !== null);
  return (
    <Stack gap="lg">
      {actions.length > 0 && (
        <Group gap="xs">
          {actions.map(({ label, icon, run }) => (
            <Button key={label} variant="default" leftSection={icon} onClick={run}>
              {label}
            </Button>
          ))}
        </Group>
      )}
      <KeyValue
        entries={[
          ['About', <SubjectName key="about" subject={alert.subject} />],
          ['Condition', conditionLabel(alert.condition)],
          ['Held since', <Time key="since" at={alert.since} precision="second" />],
          ['Opened', alert.opened_at && <Time key="opened" at={alert.opened_at} precision="second" />],
          [
            'Resolved',
            alert.resolved_at && <Time key="resolved" at={alert.resolved_at} precision="second" />,
          ],
          ['Why resolved', alert.resolution && RESOLUTIONS[alert.resolution]],
          ['Looked after by', alert.acknowledged_by?.name],
          [
            'Since',
            alert.acknowledged_at && <Time key="ack" at={alert.acknowledged_at} precision="second" />,
          ],
          [
            'Rule',
            <TextLink key="rule" to="/alerts/rules/$id" params={{ id: alert.rule_id }}>
              {alert.rule_name}
            </TextLink>,
          ],
        ]}
      />
      <Section title="Measured" note="when the condition last held">
        <MeasuredValues values={alert.values} />
      </Section>
      <Section title={alert.dry_run ? 'What would have been done' : 'What was done'}>
        {alert.dry_run && (
          <Notice variant="light">The rule was a dry run: nothing was changed, and nobody was told.</Notice>
        )}
        {alert.actions.length === 0 ? (
          <Text size="sm" c="dimmed">
            The rule has no actions.
          </Text>
        ) : (
          <Table aria-label="Actions">
            <Table.Tbody>
              {alert.actions.map(({ action, outcome, at, what, error }, index) => (
                <Table.Tr key={index}>
                  <Table.Td w={130} style={{ verticalAlign: 'top' }}>
                    <OutcomeBadge outcome={outcome} />
                  </Table.Td>
                  <Table.Td>
                    <Text size="sm">{what || ACTIONS[action.kind].label}</Text>
                    {error && (
                      <Text size="sm" c="var(--tf-bad)">
                        {error}
                      </Text>
                    )}
                    {at && (
                      <Text size="xs" c="dimmed">
                        <Time at={at} precision="second" />
                      </Text>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Section>
    </Stack>
  );
}
