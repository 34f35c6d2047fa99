import { Text } from '@mantine/core';
import type { EntityKind } from '@/lib/entities/entities';
import { splitWords, type FilterField, type FilterValue } from '@/lib/list/filters';
import { useEntityNames } from '../entity/entity-name';

/** What a filter lets through, in words: names, never ids. */
export function FilterValueText({ field, value }: { field: FilterField; value: FilterValue }) {
  if (field.kind === 'flag') return <Shown words={[value === true ? field.yes : field.no]} />;
  if (field.kind === 'word') return <Shown words={[String(value)]} />;
  const values = splitWords(value);
  if (field.kind === 'entity') return <EntityWords kind={field.entity} ids={values} />;
  if (field.kind === 'choice') {
    return (
      <Shown
        words={values.map((each) => field.choices.find((choice) => choice.value === each)?.label ?? each)}
      />
    );
  }
  return <Shown words={values} />;
}

function EntityWords({ kind, ids }: { kind: EntityKind; ids: string[] }) {
  const names = useEntityNames(kind);
  return <Shown words={ids.map((id) => (names ? (names.get(id)?.name ?? 'unknown') : '…'))} />;
}

function Shown({ words }: { words: string[] }) {
  const [first = '', second] = words;
  const rest = words.length - (second === undefined ? 1 : 2);
  return (
    <Text span size="sm" fw={550} title={words.join(', ')}>
      {second === undefined ? first : `${first}, ${second}`}
      {rest > 0 && ` +${rest}`}
    </Text>
  );
}
