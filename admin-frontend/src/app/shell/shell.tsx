import { Burger } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef } from 'react';
import * as z from 'zod/mini';
import { Logo } from '@/components/ui/display/logo';
import { useStored } from '@/lib/browser/stored';
import { patient } from '@/lib/browser/patient';
import { Connection } from './connection';
import { SearchButton } from './search-button';
import { Sidebar } from './sidebar';
import { useShortcuts } from './use-shortcuts';
import classes from './shell.module.css';

const flag = z.boolean();

const CommandPalette = lazy(patient(() => import('./command-palette')));
const ShortcutSheet = lazy(patient(() => import('./shortcut-sheet')));

export function Shell() {
  const [isDrawerOpen, drawer] = useDisclosure(false);
  const [isNarrow, setNarrow] = useStored('sidebar.narrow', flag, false);
  const [isPaletteOpen, palette] = useDisclosure(false);
  const [isSheetOpen, sheet] = useDisclosure(false);
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const { close } = drawer;

  useShortcuts({ onPalette: palette.toggle, onSheet: sheet.toggle, onSidebar: () => setNarrow(!isNarrow) });

  // Another page: the drawer has done its work, and a screen reader starts at the page.
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    close();
    main.current?.focus({ preventScroll: true });
  }, [pathname, close]);

  return (
    <div className={classes.shell} data-narrow={isNarrow || undefined}>
      <a href="#main" className="skip-link">
        Skip to the content
      </a>
      <header className={classes.header}>
        <Burger opened={isDrawerOpen} onClick={drawer.toggle} size="sm" aria-label="Navigation" />
        <Logo size={22} withName />
        <SearchButton onClick={palette.open} iconOnly />
      </header>
      <nav className={classes.navbar} data-open={isDrawerOpen || undefined} aria-label="Main">
        <Sidebar
          isNarrow={isNarrow && !isDrawerOpen}
          onToggle={() => setNarrow(!isNarrow)}
          onSearch={palette.open}
          onSheet={sheet.open}
          onClose={drawer.close}
        />
      </nav>
      <main id="main" ref={main} tabIndex={-1} className={classes.main}>
        <Connection />
        <div className={classes.page} data-page>
          <Outlet />
        </div>
      </main>
      <Suspense>
        {isPaletteOpen && <CommandPalette onClose={palette.close} />}
        {isSheetOpen && <ShortcutSheet onClose={sheet.close} />}
      </Suspense>
    </div>
  );
}
