/** A link to a page by its path, which may hold a search; plain words where there is no such page. */
import { Anchor } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';

type Props = {
  /** The route's path, such as `/campaigns/$id`. */
  to: string;
  params?: Record<string, string>;
  search?: Record<string, unknown>;
  /** For screen readers, where the words alone do not say where it goes. */
  label?: string;
  /** Among other words, where colour alone would not tell it from them. */
  isInline?: boolean;
  children: ReactNode;
};

export function PageLink({ to, params = {}, search = {}, label, isInline, children }: Props) {
  const { routesByPath, options, history } = useRouter();
  if (!(to in routesByPath)) return children;
  const path = Object.entries(params).reduce(
    (built, [key, value]) => built.replace(`$${key}`, encodeURIComponent(value)),
    to,
  );
  const href = path + (options.stringifySearch?.(search) ?? '');
  return (
    <Anchor
      href={href}
      size="sm"
      aria-label={label}
      underline={isInline ? 'always' : undefined}
      onClick={(event) => {
        // Other clicks open tabs and windows, as with any link.
        const isPlain =
          event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
        if (!isPlain) return;
        event.preventDefault();
        history.push(href);
      }}
    >
      {children}
    </Anchor>
  );
}
