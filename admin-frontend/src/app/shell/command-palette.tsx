/** mod+K: goes to any page, and finds campaigns, destinations and the like by name. */
import '@mantine/spotlight/styles.css';
import { Loader } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ENTITY_KINDS, entitySearchOptions, ENTITIES } from '@/lib/entities/entities';
import { useMay } from '@/lib/session/me';
import { useNavigation } from './use-navigation';

const FOUND_PER_KIND = 5;
const [store, spotlight] = createSpotlight();

export default function CommandPalette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 180);
  const router = useRouter();
  const groups = useNavigation();
  const mayRead = useMay('config:read');
  const kinds = ENTITY_KINDS.filter((kind) => ENTITIES[kind].page in router.routesByPath);
  const found = useQueries({
    queries: kinds.map((kind) => ({
      ...entitySearchOptions(kind, asked, FOUND_PER_KIND),
      enabled: mayRead && asked.length > 1,
      placeholderData: keepPreviousData,
    })),
  });

  useEffect(() => {
    spotlight.open();
  }, []);

  function go(path: string) {
    spotlight.close();
    router.history.push(path);
  }

  const word = text.trim().toLowerCase();
  const pages = groups
    .map(({ label, items }) => ({
      label,
      items: items.filter((item) => `${item.label} ${item.words ?? ''}`.toLowerCase().includes(word)),
    }))
    .filter(({ items }) => items.length > 0);
  const entities =
    asked.length > 1 && word ? kinds.map((kind, at) => ({ kind, items: found[at]?.data ?? [] })) : [];
  const isSearching = found.some(({ isFetching }) => isFetching);
  const isEmpty = pages.length === 0 && entities.every(({ items }) => items.length === 0);

  return (
    <Spotlight.Root
      store={store}
      query={text}
      onQueryChange={setText}
      onSpotlightClose={onClose}
      shortcut={null}
      scrollable
      maxHeight={420}
    >
      <Spotlight.Search
        placeholder="Go to a page, or find by name…"
        aria-label="Go to a page, or find by name"
        leftSection={isSearching ? <Loader size={16} /> : <IconSearch size={18} aria-hidden />}
      />
      <Spotlight.ActionsList>
        {entities.map(({ kind, items }) =>
          items.length === 0 ? null : (
            <Spotlight.ActionsGroup key={kind} label={ENTITIES[kind].many}>
              {items.map(({ id, name, detail }) => (
                <Spotlight.Action
                  key={id}
                  label={name}
                  description={detail}
                  highlightQuery
                  onClick={() => go(ENTITIES[kind].page.replace('$id', encodeURIComponent(id)))}
                />
              ))}
            </Spotlight.ActionsGroup>
          ),
        )}
        {pages.map(({ label, items }) => (
          <Spotlight.ActionsGroup key={label} label={label}>
            {items.map(({ to, label: page, icon: Icon }) => (
              <Spotlight.Action
                key={to}
                label={page}
                leftSection={<Icon size={18} stroke={1.6} />}
                onClick={() => go(to)}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {isEmpty && !isSearching && <Spotlight.Empty>Nothing found</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
