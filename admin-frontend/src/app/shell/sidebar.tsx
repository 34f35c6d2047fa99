import { ActionIcon, CloseButton, Tooltip } from '@mantine/core';
import {
  IconKeyboard,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
} from '@tabler/icons-react';
import { Link, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Logo } from '@/components/ui/display/logo';
import type { NavItem } from '@/config/navigation';
import { SchemeButton } from './scheme-button';
import { SearchButton } from './search-button';
import { useNavigation } from './use-navigation';
import { UserMenu } from './user-menu';
import { WorkspaceSwitcher } from './workspace-switcher';
import classes from './shell.module.css';

type Props = {
  isNarrow: boolean;
  onToggle: () => void;
  onSearch: () => void;
  onSheet: () => void;
  /** Of the drawer, on phones. */
  onClose: () => void;
};

export function Sidebar({ isNarrow, onToggle, onSearch, onSheet, onClose }: Props) {
  const groups = useNavigation();
  const toggle = isNarrow ? 'Widen the sidebar' : 'Narrow the sidebar';
  const narrow = isNarrow || undefined;
  const { pathname } = useLocation();
  const links = useRef<HTMLDivElement>(null);
  const count = groups.length;
  // The page's own link may be further down than the window is high.
  useEffect(() => {
    links.current?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: 'nearest' });
  }, [pathname, count]);
  return (
    <div className={classes.sidebar}>
      <div className={classes.top}>
        <div
          style={{
            display: 'flex',
            alignItems: 'center',
            justifyContent: isNarrow ? 'center' : 'space-between',
          }}
        >
          <Logo size={24} withName={!isNarrow} />
          <CloseButton hiddenFrom="sm" aria-label="Close the navigation" onClick={onClose} />
        </div>
        {!isNarrow && <WorkspaceSwitcher />}
        <SearchButton onClick={onSearch} iconOnly={isNarrow} />
      </div>
      <div className={classes.groups} ref={links}>
        {groups.map(({ label, items }) => (
          <div key={label} role="group" aria-label={label}>
            {isNarrow ? <div className={classes.rule} /> : <div className={classes.group}>{label}</div>}
            {items.map((item) => (
              <NavLink key={item.to} item={item} isNarrow={isNarrow} />
            ))}
          </div>
        ))}
      </div>
      <div className={classes.bottom} data-narrow={narrow}>
        <UserMenu isNarrow={isNarrow} />
        <SchemeButton />
        <Tooltip label="Keyboard shortcuts">
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label="Keyboard shortcuts"
            onClick={onSheet}
            visibleFrom="sm"
          >
            <IconKeyboard size={18} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={toggle}>
          <ActionIcon variant="subtle" color="gray" aria-label={toggle} onClick={onToggle} visibleFrom="sm">
            {isNarrow ? (
              <IconLayoutSidebarLeftExpand size={18} />
            ) : (
              <IconLayoutSidebarLeftCollapse size={18} />
            )}
          </ActionIcon>
        </Tooltip>
      </div>
    </div>
  );
}

function NavLink({ item, isNarrow }: { item: NavItem; isNarrow: boolean }) {
  const { to, label, icon: Icon } = item;
  return (
    <Tooltip label={label} position="right" disabled={!isNarrow}>
      <Link
        to={to}
        activeOptions={{ exact: to === '/', includeSearch: false }}
        className={classes.link}
        data-narrow={isNarrow || undefined}
        aria-label={isNarrow ? label : undefined}
      >
        <Icon size={17} stroke={1.6} aria-hidden />
        {!isNarrow && label}
      </Link>
    </Tooltip>
  );
}
