/** One condition: a dimension, one of its operators, and values that are suggested from what the period has. */
import {
  ActionIcon,
  Checkbox,
  Group,
  MultiSelect,
  Select,
  Skeleton,
  Stack,
  TagsInput,
  TextInput,
  Autocomplete,
} from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { EntityMultiSelect, EntitySelect } from '@/components/ui/entity/entity-select';
import { ENTITY_KINDS } from '@/lib/entities/entities';
import { useDimensionValues } from '../api/dimension-values';
import type { Dimension } from '../api/report-schema';
import { OPERATOR_WORDS, valuesOf, type Condition } from '../model/filter';
import { valueText } from '../model/value-text';
import { useReportPage } from './report-context';

type Props = {
  condition: Condition;
  onChange: (condition: Condition) => void;
  onRemove: () => void;
  isChecked: boolean;
  isFocused: boolean;
};

const MINDS_CASE = new Set(['contains', 'not_contains', 'starts_with', 'ends_with', 'regex']);

export function ConditionEditor({ condition, onChange, onRemove, isChecked, isFocused }: Props) {
  const { schema, dimensions } = useReportPage();
  const { field, operator, values = [], case_sensitive } = condition;
  const dimension = dimensions.get(field);
  const count = valuesOf(operator);
  const isEmpty = isChecked && count !== 'none' && values.length === 0;

  function choose(name: string | null) {
    const next = dimensions.get(name ?? '');
    if (!next) return;
    const keeps = next.operators.includes(operator);
    onChange({ field: next.name, operator: keeps ? operator : (next.operators[0] ?? 'eq'), values: [] });
  }

  function operate(word: string | null) {
    const next = dimension?.operators.find((each) => each === word);
    if (!next) return;
    const wanted = valuesOf(next);
    const kept = wanted === 'none' ? [] : wanted === 'one' ? values.slice(0, 1) : values;
    onChange({ field, operator: next, values: kept, ...(MINDS_CASE.has(next) && { case_sensitive }) });
  }

  return (
    <Stack gap={4}>
      <Group gap="xs" align="flex-start">
        <Select
          aria-label="Dimension"
          flex="1 1 130px"
          searchable
          allowDeselect={false}
          data={schema.dimensions.map(({ name, title }) => ({ value: name, label: title }))}
          value={field}
          onChange={choose}
        />
        <Select
          aria-label="Operator"
          flex="1 1 120px"
          allowDeselect={false}
          data={(dimension?.operators ?? []).map((each) => ({ value: each, label: OPERATOR_WORDS[each] }))}
          value={operator}
          onChange={operate}
        />
        {dimension && count !== 'none' && (
          <Values
            key={`${field} ${count}`}
            dimension={dimension}
            isMany={count === 'many'}
            values={values}
            onChange={(next) => onChange({ ...condition, values: next })}
            error={isEmpty && 'Choose something'}
            isFocused={isFocused}
            isExact={['eq', 'neq', 'in', 'not_in'].includes(operator)}
          />
        )}
        <ActionIcon
          variant="subtle"
          color="gray"
          size={34}
          aria-label="Remove the condition"
          onClick={onRemove}
        >
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
      {MINDS_CASE.has(operator) && (
        <Checkbox
          size="xs"
          label="Upper and lower case differ"
          checked={case_sensitive ?? false}
          onChange={(event) =>
            onChange({ ...condition, case_sensitive: event.currentTarget.checked || undefined })
          }
        />
      )}
    </Stack>
  );
}

type ValuesProps = {
  dimension: Dimension;
  isMany: boolean;
  values: string[];
  onChange: (values: string[]) => void;
  error: string | false;
  isFocused: boolean;
  /** Compares whole values: names can stand for them. */
  isExact: boolean;
};

function Values({ dimension, isMany, values, onChange, error, isFocused, isExact }: ValuesProps) {
  const { within } = useReportPage();
  const kind = ENTITY_KINDS.find((each) => each === dimension.name);
  const { data: found = [], isLoading } = useDimensionValues(dimension.name, within, kind === undefined);
  const shared = {
    'aria-label': 'Value',
    flex: '2 1 200px',
    error,
    autoFocus: isFocused,
  };

  if (kind) {
    return isMany ? (
      <EntityMultiSelect {...shared} kind={kind} value={values} onChange={onChange} />
    ) : (
      <EntitySelect
        {...shared}
        kind={kind}
        value={values[0] ?? null}
        onChange={(id) => onChange(id ? [id] : [])}
      />
    );
  }
  // What kind of field it is depends on the values: it must not change under one's hands.
  if (isLoading) return <Skeleton h={34} flex="2 1 200px" />;
  // Texts are typed as they are; where a value reads otherwise than it is written, its words are chosen.
  const choices = [
    ...new Map(
      [...found.map((each) => each.value), ...values].map((value) => {
        const name = found.find((each) => each.value === value)?.name;
        return [value, { value, label: valueText(dimension, value, name) }];
      }),
    ).values(),
  ].filter(({ value }) => value !== '');
  const hasWords =
    isExact && choices.some(({ value, label }) => value !== label) && dimension.kind !== 'moment';
  if (hasWords) {
    return isMany ? (
      <MultiSelect {...shared} searchable limit={200} data={choices} value={values} onChange={onChange} />
    ) : (
      <Select
        {...shared}
        searchable
        limit={200}
        data={choices}
        value={values[0] ?? null}
        onChange={(value) => onChange(value ? [value] : [])}
      />
    );
  }
  const suggested = choices.map(({ value }) => value);
  if (isMany)
    return (
      <TagsInput
        {...shared}
        placeholder="Type, or choose"
        limit={200}
        data={suggested}
        value={values}
        onChange={onChange}
        acceptValueOnBlur
      />
    );
  const set = (text: string) => onChange(text === '' ? [] : [text]);
  return dimension.kind === 'time' ? (
    <TextInput
      {...shared}
      placeholder={suggested[0]}
      value={values[0] ?? ''}
      onChange={(event) => set(event.currentTarget.value)}
    />
  ) : (
    <Autocomplete {...shared} limit={50} data={suggested} value={values[0] ?? ''} onChange={set} />
  );
}
