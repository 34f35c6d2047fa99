import { ActionIcon, Kbd, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import classes from './shell.module.css';

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);
export const MOD = isMac ? '⌘' : 'Ctrl';

export function SearchButton({ onClick, iconOnly = false }: { onClick: () => void; iconOnly?: boolean }) {
  if (iconOnly) {
    return (
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        ml="auto"
        mr={{ base: 0, sm: 'auto' }}
        aria-label="Search"
        onClick={onClick}
      >
        <IconSearch size={18} />
      </ActionIcon>
    );
  }
  return (
    <UnstyledButton className={classes.search} onClick={onClick}>
      <IconSearch size={15} aria-hidden /> Search
      <Kbd size="xs">{MOD} K</Kbd>
    </UnstyledButton>
  );
}
