import { Alert, Card, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { KeyValue } from '@/components/ui/display/key-value';
import { LinkButton } from '@/components/ui/display/links';
import { PageHeader } from '@/components/ui/display/page-header';
import { StatusBadge, ToneBadge } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { May } from '@/components/ui/feedback/may';
import { notifyDone } from '@/components/ui/feedback/notify';
import { ErrorNotice, NotFoundPage, PagePending } from '@/components/ui/feedback/pages';
import { isNotFound } from '@/lib/api/error';
import { ruleOptions } from '../api/rule';
import { Evaluation } from './rule-columns';
import { RuleForm } from './rule-form';
import { RuleTest } from './rule-test';

const PARENTS = [
  { label: 'Alerts', to: '/alerts' },
  { label: 'Rules', to: '/alerts/rules' },
];

export function RulePage({ id }: { id: string }) {
  const { data: rule, error, refetch } = useQuery(ruleOptions(id));
  if (!rule) {
    if (isNotFound(error)) return <NotFoundPage />;
    return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <PagePending />;
  }
  return (
    <>
      <PageHeader
        title={rule.name}
        parents={PARENTS}
        badge={
          <>
            <StatusBadge status={rule.status} />
            {rule.dry_run && <ToneBadge tone="neutral">Dry run</ToneBadge>}
          </>
        }
        actions={
          <LinkButton to="/alerts" search={{ rule_id: id }} variant="default">
            Its alerts
          </LinkButton>
        }
      />
      <Stack gap="md">
        {rule.dry_run && (
          <Alert variant="light" title="A dry run">
            Alerts open and say what would have been done. Test it, look at its alerts for a while, then
            switch the dry run off.
          </Alert>
        )}
        <May permission="config:write">
          <RuleTest ruleId={id} />
        </May>
        <RuleForm key={id} rule={rule} onSaved={({ name }) => notifyDone(`“${name}” saved`)} />
        <Card>
          <KeyValue
            entries={[
              ['Last look', <Evaluation key="last" rule={rule} />],
              ['Id', rule.id],
              ['Created', <Time key="created" at={rule.created_at} />],
              ['Changed', <Time key="changed" at={rule.updated_at} />],
              ['Revision', rule.revision],
            ]}
          />
        </Card>
      </Stack>
    </>
  );
}
