import { ActionIcon, Menu, Text, UnstyledButton } from '@mantine/core';
import { IconClockHour4, IconLogout, IconUser, IconUserCircle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useMe } from '@/lib/session/me';
import { useSignOut } from '@/lib/session/sign-out';
import { useZone } from '@/lib/time/use-zone';
import { patient } from '@/lib/browser/patient';
import classes from './shell.module.css';

const ZoneModal = lazy(patient(() => import('@/components/ui/period/zone-modal')));

export function UserMenu({ isNarrow }: { isNarrow: boolean }) {
  const me = useMe();
  const signOut = useSignOut();
  const [zone] = useZone();
  const [isChoosing, setChoosing] = useState(false);
  const name = me?.user?.name || me?.user?.email || me?.actor.name || '';
  return (
    <>
      <Menu position="top-start" width={240}>
        <Menu.Target>
          {isNarrow ? (
            <ActionIcon variant="subtle" color="gray" aria-label={`Account: ${name}`}>
              <IconUser size={18} />
            </ActionIcon>
          ) : (
            <UnstyledButton className={classes.person}>
              <Text size="sm" truncate>
                {name}
              </Text>
              <Text size="xs" c="dimmed" tt="capitalize" truncate>
                {me?.role ?? 'no role'}
              </Text>
            </UnstyledButton>
          )}
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{me?.user?.email}</Menu.Label>
          <Menu.Item component={Link} to="/settings/account" leftSection={<IconUserCircle size={16} />}>
            My account
          </Menu.Item>
          <Menu.Item leftSection={<IconClockHour4 size={16} />} onClick={() => setChoosing(true)}>
            Times in {zone}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>{isChoosing && <ZoneModal onClose={() => setChoosing(false)} />}</Suspense>
    </>
  );
}
