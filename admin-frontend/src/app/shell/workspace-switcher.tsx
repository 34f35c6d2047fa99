import { Menu, Text, UnstyledButton } from '@mantine/core';
import { IconCheck, IconSelector } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useMe } from '@/lib/session/me';
import { session } from '@/lib/session/session';
import classes from './shell.module.css';

/** The workspace's name, and for members of several the way to another one. */
export function WorkspaceSwitcher() {
  const me = useMe();
  const navigate = useNavigate();
  const current = me?.workspace;
  if (!me || !current) return null;
  const name = (
    <Text size="sm" fw={550} truncate>
      {current.name}
    </Text>
  );
  if (me.workspaces.length < 2) return name;
  return (
    <Menu width={220} position="bottom-start">
      <Menu.Target>
        <UnstyledButton className={classes.search} aria-label={`Workspace: ${current.name}`}>
          {name}
          <IconSelector size={15} style={{ marginLeft: 'auto' }} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {me.workspaces.map(({ id, name: label, role }) => (
          <Menu.Item
            key={id}
            rightSection={id === current.id && <IconCheck size={16} aria-label="current" />}
            onClick={() => {
              // What is open may not exist over there.
              void navigate({ to: '/' }).then(() => session.enterWorkspace(id));
            }}
          >
            {label}
            <Text size="xs" c="dimmed" tt="capitalize">
              {role}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
