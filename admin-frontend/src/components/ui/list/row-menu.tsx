import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconChevronDown, IconDots } from '@tabler/icons-react';
import type { RowAction } from './column';

/** `isWide`: as a button with words, for the head of a page. */
type Props = { name: string; actions: RowAction[]; isWide?: boolean };

export function RowMenu({ name, actions, isWide }: Props) {
  const shown = actions.filter((action) => action !== null);
  if (shown.length === 0) return null;
  return (
    <Menu width={200}>
      <Menu.Target>
        {isWide ? (
          <Button variant="default" rightSection={<IconChevronDown size={15} />}>
            Actions
          </Button>
        ) : (
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Actions for ${name}`}>
            <IconDots size={16} />
          </ActionIcon>
        )}
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
