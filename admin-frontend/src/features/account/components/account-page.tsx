import { Card, Stack, Title } from '@mantine/core';
import { KeyValue } from '@/components/ui/display/key-value';
import { PageHeader } from '@/components/ui/display/page-header';
import { words } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { PagePending } from '@/components/ui/feedback/pages';
import { useMe } from '@/lib/session/me';
import { NameForm } from './name-form';
import { SessionsCard } from './sessions-card';

export function AccountPage() {
  const me = useMe();
  if (!me) return <PagePending />;
  const { user } = me;
  return (
    <>
      <PageHeader title="My account" description={user?.email} />
      <Stack gap="md">
        {user && <NameForm key={user.id} name={user.name} />}
        <SessionsCard />
        <Card>
          <Title order={2} mb="xs">
            What you may
          </Title>
          <KeyValue
            entries={[
              [
                'Workspaces',
                me.workspaces.map(({ id, name, role, mask_money }) => (
                  <div key={id}>
                    {name}: {role ? words(role) : 'no role'}
                    {mask_money && ', amounts hidden'}
                  </div>
                )),
              ],
              ['Installation', me.is_installation_admin ? 'Administrator' : undefined],
              ['Since', <Time key="since" at={user?.created_at} precision="day" />],
            ]}
          />
        </Card>
      </Stack>
    </>
  );
}
