import { Card, Group, Skeleton, Text, Title } from '@mantine/core';
import { PageLink } from '@/components/ui/display/page-link';
import { ToneBadge } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { plural } from '@/lib/format/numbers';
import { useOpenAlerts } from '../api/open-alerts';
import classes from './dashboard.module.css';

export function AlertsCard() {
  const { data, error, refetch } = useOpenAlerts();
  const more = (data?.total ?? 0) - (data?.items.length ?? 0);
  return (
    <Card padding={0}>
      <Group justify="space-between" px="md" py="xs">
        <Group gap="xs">
          <Title order={2} fz={14}>
            Open alerts
          </Title>
          {data && data.total > 0 && <ToneBadge tone="bad">{data.total}</ToneBadge>}
        </Group>
        <PageLink to="/alerts">Alerts</PageLink>
      </Group>
      {error && !data ? (
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton h={20} mx="md" mb="md" w="auto" />
      ) : data.items.length === 0 ? (
        <Text size="sm" c="dimmed" px="md" pb="sm">
          None: nothing needs you.
        </Text>
      ) : (
        data.items.map(({ id, rule_name, subject, opened_at, since, dry_run, acknowledged_by }) => (
          <div key={id} className={classes.node}>
            <Text size="sm" fw={500} truncate>
              {rule_name}
            </Text>
            {acknowledged_by ? (
              <ToneBadge tone="warn">Acknowledged</ToneBadge>
            ) : (
              <ToneBadge tone={dry_run ? 'info' : 'bad'}>{dry_run ? 'Dry run' : 'Open'}</ToneBadge>
            )}
            <Text size="xs" c="dimmed" truncate>
              {subject.name || subject.kind}
            </Text>
            <Text size="xs" c="dimmed" component="span" ta="right">
              <Ago at={opened_at ?? since} />
            </Text>
          </div>
        ))
      )}
      {more > 0 && (
        <Text size="xs" c="dimmed" px="md" py={6} style={{ borderTop: '1px solid var(--tf-line)' }}>
          {plural(more, 'more alert')}
        </Text>
      )}
    </Card>
  );
}
