import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { RowAction } from './column';

export function RowMenu({ name, actions }: { name: string; actions: RowAction[] }) {
  const shown = actions.filter((action) => action !== null);
  if (shown.length === 0) return null;
  return (
    <Menu width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Actions for ${name}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {shown.map(({ label, icon, run, isDangerous, isDisabled }) => (
          <Menu.Item
            key={label}
            leftSection={icon}
            color={isDangerous ? 'red' : undefined}
            disabled={isDisabled}
            onClick={run}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
