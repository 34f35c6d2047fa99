/** Beside the picture where there is room for it, over it on phones. */
import { CloseButton, Drawer, Title } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useEffect, useRef, type ReactNode } from 'react';
import classes from './flow.module.css';

const HAS_ROOM = '(min-width: 75em)';
/** Menus and lists say that they are open in the one way, lists of several values only in the other. */
const OPEN_IN_IT = '[aria-haspopup][aria-expanded="true"], [data-mantine-stop-propagation="true"]';

export function useHasRoom(): boolean {
  return useMediaQuery(HAS_ROOM, window.matchMedia(HAS_ROOM).matches, { getInitialValueInEffect: false });
}

type Props = { title: string; name: string; onClose: () => void; isReadOnly?: boolean; children: ReactNode };

export function SidePanel({ title, name, onClose, isReadOnly, children }: Props) {
  const hasRoom = useHasRoom();
  const panel = useRef<HTMLElement>(null);

  // What a box opened is where one works next.
  useEffect(() => {
    panel.current?.focus({ preventScroll: true });
  }, [name]);

  useEffect(() => {
    const element = panel.current;
    const closeOnEscape = (event: KeyboardEvent) => {
      // A list that is open in it takes the key for itself.
      if (event.key === 'Escape' && !event.defaultPrevented && !element?.querySelector(OPEN_IN_IT)) onClose();
    };
    element?.addEventListener('keydown', closeOnEscape);
    return () => element?.removeEventListener('keydown', closeOnEscape);
  }, [onClose]);

  const body = (
    <fieldset disabled={isReadOnly} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
      {children}
    </fieldset>
  );
  if (!hasRoom) {
    return (
      <Drawer opened onClose={onClose} title={title} size={520}>
        {body}
      </Drawer>
    );
  }
  return (
    <aside ref={panel} className={classes.panel} aria-label={title} tabIndex={-1}>
      <div className={classes.panelHead}>
        <Title order={2}>{title}</Title>
        <CloseButton aria-label="Close the panel" onClick={onClose} />
      </div>
      <div className={classes.panelBody}>{body}</div>
    </aside>
  );
}
