/** Chooses something by its name, searching on the server while one types. */
import { Loader, MultiSelect, Select, type MultiSelectProps, type SelectProps } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  ENTITIES,
  entityNamesOptions,
  entitySearchOptions,
  type EntityBrief,
  type EntityKind,
} from '@/lib/entities/entities';

const SEARCH_MS = 200;

type Choice = { value: string; label: string; disabled?: boolean };

function choice({ id, name, status }: EntityBrief): Choice {
  return { value: id, label: status && status !== 'active' ? `${name} (${status})` : name };
}

function useChoices(kind: EntityKind, text: string, chosen: string[], without: string[]) {
  const [q] = useDebouncedValue(text.trim(), SEARCH_MS);
  const names = useQuery({ ...entityNamesOptions(kind), enabled: chosen.length > 0 }).data;
  const isName = chosen.some(
    (id) => names?.get(id)?.name === q || choice(names?.get(id) ?? { id, name: '' }).label === q,
  );
  const { data, isFetching } = useQuery({
    ...entitySearchOptions(kind, isName ? '' : q),
    placeholderData: keepPreviousData,
  });
  const byId = new Map(
    (data ?? [])
      .filter(({ id, status }) => status !== 'archived' && !without.includes(id))
      .map((each) => [each.id, each]),
  );
  for (const id of chosen)
    if (!byId.has(id))
      byId.set(id, names?.get(id) ?? { id, name: `Unknown ${ENTITIES[kind].one.toLowerCase()}` });
  return { choices: [...byId.values()].map(choice), isFetching };
}

type OneProps = Omit<SelectProps, 'data' | 'value' | 'onChange' | 'searchValue' | 'onSearchChange'> & {
  kind: EntityKind;
  value: string | null | undefined;
  onChange: (id: string | null) => void;
  /** Ids that cannot be chosen. */
  without?: string[];
};

const NONE: string[] = [];

export function EntitySelect({ kind, value, onChange, without = NONE, ...props }: OneProps) {
  const [text, setText] = useState('');
  const { choices, isFetching } = useChoices(kind, text, value ? [value] : NONE, without);
  // Taken away from outside, such as by a reset form: the old name must not stay behind.
  const [held, setHeld] = useState(value);
  if (held !== value) {
    setHeld(value);
    if (!value) setText('');
  }
  return (
    <Select
      placeholder={`Choose a ${ENTITIES[kind].one.toLowerCase()}`}
      nothingFoundMessage={isFetching ? 'Searching…' : 'Nothing found'}
      clearable
      {...props}
      searchable
      data={choices}
      // The server has searched; what it found is shown whatever it matched by.
      filter={({ options }) => options}
      value={value ?? null}
      onChange={onChange}
      searchValue={text}
      onSearchChange={setText}
      rightSection={isFetching && text ? <Loader size={14} /> : undefined}
    />
  );
}

type ManyProps = Omit<MultiSelectProps, 'data' | 'value' | 'onChange' | 'searchValue' | 'onSearchChange'> & {
  kind: EntityKind;
  value: string[];
  onChange: (ids: string[]) => void;
};

export function EntityMultiSelect({ kind, value, onChange, ...props }: ManyProps) {
  const [text, setText] = useState('');
  const { choices, isFetching } = useChoices(kind, text, value, NONE);
  return (
    <MultiSelect
      placeholder={value.length > 0 ? undefined : `Choose ${ENTITIES[kind].many.toLowerCase()}`}
      nothingFoundMessage={isFetching ? 'Searching…' : 'Nothing found'}
      clearable
      {...props}
      searchable
      data={choices}
      filter={({ options }) => options}
      value={value}
      onChange={onChange}
      searchValue={text}
      onSearchChange={setText}
    />
  );
}
