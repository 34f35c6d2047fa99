/** One row of a table is in the tab order; arrows, Home and End move it, Enter opens, Space selects. */
import { useRef, useState, type FocusEvent, type KeyboardEvent } from 'react';

type Rows = {
  count: number;
  scrollTo: (index: number) => void;
  onOpen: (index: number) => void;
  onToggle: (index: number) => void;
};

export function useRowKeys({ count, scrollTo, onOpen, onToggle }: Rows) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [at, setAt] = useState(0);
  const current = Math.min(at, Math.max(0, count - 1));

  function focusRow(index: number) {
    setAt(index);
    scrollTo(index);
    // The row may only exist after the scroll.
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(`[data-row="${index}"]`)?.focus());
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const row = event.target;
    if (!(row instanceof HTMLTableRowElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = count - 1;
    switch (event.key) {
      case 'ArrowDown':
        focusRow(Math.min(last, current + 1));
        break;
      case 'ArrowUp':
        focusRow(Math.max(0, current - 1));
        break;
      case 'Home':
        focusRow(0);
        break;
      case 'End':
        focusRow(last);
        break;
      case 'Enter':
        onOpen(current);
        break;
      case ' ':
        onToggle(current);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  function onFocus(event: FocusEvent<HTMLElement>) {
    const index = event.target.closest<HTMLElement>('[data-row]')?.dataset.row;
    if (index !== undefined) setAt(Number(index));
  }

  return { body, current, onKeyDown, onFocus };
}
