/**
 * Keys of the whole UI. Single keys can be switched off (WCAG 2.1.4), do nothing while one types, and "g, then a
 * letter" goes to a page.
 */
import { useHotkeys } from '@mantine/hooks';
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import * as z from 'zod/mini';
import { useStored } from '@/lib/browser/stored';
import { useNavigation } from './use-navigation';

const SEQUENCE_MS = 1_200;
const flag = z.boolean();

export function useSingleKeys() {
  return useStored('single-keys', flag, true);
}

type Shortcuts = { onPalette: () => void; onSheet: () => void; onSidebar: () => void };

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function isBehindDialog(): boolean {
  return document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
}

export function useShortcuts({ onPalette, onSheet, onSidebar }: Shortcuts) {
  const groups = useNavigation();
  const router = useRouter();
  const [isOn] = useSingleKeys();
  useHotkeys([['mod+K', onPalette]], [], true);

  useEffect(() => {
    if (!isOn) return;
    let pressedG = 0;
    const byKey = new Map(groups.flatMap(({ items }) => items.map(({ key, to }) => [key, to])));
    function onKey(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isBehindDialog())
        return;
      const target = Date.now() - pressedG < SEQUENCE_MS ? byKey.get(event.key) : undefined;
      pressedG = event.key === 'g' ? Date.now() : 0;
      if (target !== undefined) router.history.push(target);
      else if (event.key === '?') onSheet();
      else if (event.key === '[') onSidebar();
      else if (event.key === '/') document.querySelector<HTMLInputElement>('[data-list-search]')?.focus();
      else return;
      event.preventDefault();
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
}
