/** Keys within the table: one row is in the tab order, arrows move it, and what can be done with a row has a key. */
import { useRef, useState, type FocusEvent, type KeyboardEvent } from 'react';

type Keys = {
  count: number;
  scrollTo: (index: number) => void;
  onDrill: (index: number) => void;
  onBack: () => void;
  onToggle: (index: number, isRange: boolean) => void;
  onMenu: (index: number) => void;
};

const PAGE = 15;

export function useRowFocus({ count, scrollTo, onDrill, onBack, onToggle, onMenu }: Keys) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [at, setAt] = useState(0);
  const current = Math.min(at, Math.max(0, count - 1));

  function focusRow(index: number) {
    setAt(index);
    scrollTo(index);
    let tries = 0;
    // The row may only exist after the scroll.
    const look = () => {
      const row = body.current?.querySelector<HTMLElement>(`[data-row="${index}"]`);
      if (row) row.focus({ preventScroll: true });
      else if ((tries += 1) < 10) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    if (!(event.target instanceof HTMLTableRowElement) || event.ctrlKey || event.metaKey || event.altKey)
      return;
    const last = count - 1;
    const go = (index: number) => focusRow(Math.max(0, Math.min(last, index)));
    switch (event.key) {
      case 'ArrowDown':
        go(current + 1);
        break;
      case 'ArrowUp':
        go(current - 1);
        break;
      case 'PageDown':
        go(current + PAGE);
        break;
      case 'PageUp':
        go(current - PAGE);
        break;
      case 'Home':
        go(0);
        break;
      case 'End':
        go(last);
        break;
      case 'Enter':
      case 'ArrowRight':
        onDrill(current);
        break;
      case 'Backspace':
      case 'ArrowLeft':
        onBack();
        break;
      case ' ':
        onToggle(current, event.shiftKey);
        break;
      case 'm':
      case 'ContextMenu':
        onMenu(current);
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

  return { body, current, focusRow, onKeyDown, onFocus };
}
