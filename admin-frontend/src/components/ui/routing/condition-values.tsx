/** What a condition compares with: as many values as its operator takes, with choices where there are some. */
import { MultiSelect, Select, TagsInput, TextInput } from '@mantine/core';
import { countryChoices } from '@/lib/format/countries';
import type { Operator } from '@/lib/routing/rule';
import type { RoutingSchema } from '@/lib/routing/schema';
import { words } from '../display/status-badge';
import { EntityMultiSelect, EntitySelect } from '../entity/entity-select';

type Props = {
  field: string;
  operator: Operator;
  values: string[];
  onChange: (values: string[]) => void;
  schema: RoutingSchema;
  label: string;
  error?: string;
};

type Choice = { value: string; label: string };

const FLAGS: Choice[] = [
  { value: 'true', label: 'yes' },
  { value: 'false', label: 'no' },
];
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map(
  (label, at) => ({ value: String(at + 1), label }),
);
const HOURS = Array.from({ length: 24 }, (_, hour) => ({
  value: String(hour),
  label: `${String(hour).padStart(2, '0')}:00`,
}));
/** Compare whole values; the others take parts of texts, which no list can offer. */
const WHOLE: ReadonlySet<Operator> = new Set(['eq', 'neq', 'in', 'not_in', 'gt', 'gte', 'lt', 'lte']);
/** A comma is a part of these. */
const WITH_COMMAS: ReadonlySet<Operator> = new Set(['regex']);

function choicesOf(field: string, kind: string | undefined, schema: RoutingSchema): Choice[] | undefined {
  if (kind === 'flag') return FLAGS;
  if (field === 'country') return countryChoices();
  if (field === 'device_type') return schema.device_types.map((value) => ({ value, label: words(value) }));
  if (field === 'weekday') return WEEKDAYS;
  if (field === 'hour') return HOURS;
  return undefined;
}

/** A value that is not among the choices stays to be seen. */
function withOwn(choices: Choice[], values: string[]): Choice[] {
  const known = new Set(choices.map(({ value }) => value));
  return [...choices, ...values.filter((each) => !known.has(each)).map((value) => ({ value, label: value }))];
}

export function ConditionValues({ field, operator, values, onChange, schema, label, error }: Props) {
  const count = schema.operators.find(({ name }) => name === operator)?.values ?? 'one';
  const kind = schema.fields.find(({ name }) => name === field)?.kind;
  const shared = { 'aria-label': label, error, size: 'xs', flex: '1 1 200px', miw: 0 } as const;
  const [first = ''] = values;
  const setOne = (value: string | null) => onChange(value ? [value] : []);

  if (count === 'none') return null;
  if (WHOLE.has(operator) && field === 'source') {
    return count === 'one' ? (
      <EntitySelect {...shared} kind="source" value={first || null} onChange={setOne} />
    ) : (
      <EntityMultiSelect {...shared} kind="source" value={values} onChange={onChange} />
    );
  }
  const choices = WHOLE.has(operator) ? choicesOf(field, kind, schema) : undefined;
  if (choices && count === 'one') {
    return (
      <Select
        {...shared}
        searchable={choices.length > 8}
        placeholder="Choose"
        data={withOwn(choices, values)}
        value={first || null}
        onChange={setOne}
      />
    );
  }
  if (choices) {
    return (
      <MultiSelect
        {...shared}
        searchable
        hidePickedOptions
        placeholder={values.length > 0 ? undefined : 'Choose one or more'}
        data={withOwn(choices, values)}
        value={values}
        onChange={onChange}
      />
    );
  }
  if (count === 'one') {
    return (
      <TextInput
        {...shared}
        placeholder="Value"
        value={first}
        onChange={(event) => onChange(event.currentTarget.value === '' ? [] : [event.currentTarget.value])}
      />
    );
  }
  return (
    <TagsInput
      {...shared}
      acceptValueOnBlur
      splitChars={WITH_COMMAS.has(operator) ? ['\n'] : [',', ';', '\n']}
      placeholder={values.length > 0 ? undefined : 'Type or paste, Enter after each'}
      value={values}
      onChange={onChange}
    />
  );
}
