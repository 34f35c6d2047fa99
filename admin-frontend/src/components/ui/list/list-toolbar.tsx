import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import classes from './list.module.css';

type SearchProps = { value: string; onChange: (value: string) => void; placeholder: string };

/** Asks while one types, a moment after the last key. */
export function ListSearchField({ value, onChange, placeholder }: SearchProps) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  const send = useDebouncedCallback((next: string) => {
    sent.current = next;
    onChange(next);
  }, 250);

  // Changed from outside: a link, the back button, "clear filters".
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value);
  }, [value]);

  function change(next: string) {
    setText(next);
    send(next.trim());
  }

  return (
    <TextInput
      data-list-search
      type="search"
      aria-label={placeholder}
      placeholder={placeholder}
      leftSection={<IconSearch size={15} aria-hidden />}
      rightSection={
        text && <CloseButton size="sm" aria-label="Clear the search" onClick={() => change('')} />
      }
      className={classes.search}
      maxLength={100}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

export function ListToolbar({ children, end }: { children: ReactNode; end?: ReactNode }) {
  return (
    <div className={classes.toolbar}>
      <div className={classes.filters}>{children}</div>
      {end}
    </div>
  );
}
