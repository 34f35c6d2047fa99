import { ActionIcon, Group, Menu, Select, Text, TextInput } from '@mantine/core';
import { IconDotsVertical, IconLetterCase, IconEqualNot, IconX } from '@tabler/icons-react';
import { fieldWords, operatorWords, type Condition } from '@/lib/routing/rule';
import type { RoutingSchema } from '@/lib/routing/schema';
import { ConditionValues } from './condition-values';
import classes from './rule-builder.module.css';

type Props = {
  condition: Condition;
  isDenied: boolean;
  schema: RoutingSchema;
  name: string;
  error?: string;
  onChange: (condition: Condition, isDenied: boolean) => void;
  onRemove: () => void;
};

/** The field of the schema that stands for all parameters of a link. */
const PARAMETER = 'query.<param>';

export function schemaField(field: string): string {
  return field.startsWith('query.') ? PARAMETER : field;
}

export function ConditionEditor(props: Props) {
  const { condition, isDenied, schema, name, error, onChange, onRemove } = props;
  const { field, operator, values = [] } = condition;
  const described = schema.fields.find((each) => each.name === schemaField(field));
  const operators = schema.operators.filter(({ kinds }) => !described || kinds.includes(described.kind));
  const set = (part: Partial<Condition>) => onChange({ ...condition, ...part }, isDenied);

  function chooseField(next: string | null) {
    if (!next) return;
    const kind = schema.fields.find((each) => each.name === next)?.kind;
    const fits = schema.operators.find(
      (each) => each.name === operator && (!kind || each.kinds.includes(kind)),
    );
    const instead = schema.operators.find((each) => kind && each.kinds.includes(kind))?.name ?? 'eq';
    set({
      field: next === PARAMETER ? 'query.' : next,
      operator: fits ? operator : instead,
      values: [],
    });
  }

  function chooseOperator(next: string | null) {
    const found = schema.operators.find((each) => each.name === next);
    if (!found) return;
    const most = found.values === 'none' ? 0 : found.values === 'one' ? 1 : values.length;
    set({ operator: found.name, values: values.slice(0, most) });
  }

  return (
    <div className={classes.condition} role="group" aria-label={name}>
      <Group gap={6} align="flex-start" flex={1} miw={0}>
        {isDenied && (
          <Text size="xs" fw={600} c="var(--tf-bad)" lh="30px">
            not
          </Text>
        )}
        <Select
          size="xs"
          flex="1 1 130px"
          maw={190}
          aria-label={`${name}: what to look at`}
          title={described?.description}
          searchable
          allowDeselect={false}
          data={schema.fields.map((each) => ({
            value: each.name,
            label: each.name === PARAMETER ? 'Parameter…' : fieldWords(each.name),
          }))}
          value={schemaField(field)}
          onChange={chooseField}
        />
        {schemaField(field) === PARAMETER && (
          <TextInput
            size="xs"
            flex="1 1 90px"
            aria-label={`${name}: name of the parameter`}
            placeholder="zone"
            maxLength={schema.limits.parameter_bytes}
            value={field.slice('query.'.length)}
            onChange={(event) => set({ field: `query.${event.currentTarget.value.trim().toLowerCase()}` })}
          />
        )}
        <Select
          size="xs"
          flex="1 1 110px"
          maw={150}
          aria-label={`${name}: how to compare`}
          allowDeselect={false}
          data={operators.map((each) => ({ value: each.name, label: operatorWords(each.name) }))}
          value={operator}
          onChange={chooseOperator}
        />
        <ConditionValues
          field={field}
          operator={operator}
          values={values}
          schema={schema}
          label={`${name}: values`}
          error={error}
          onChange={(next) => set({ values: next })}
        />
        {error && operatorTakesNone(schema, operator) && (
          <Text size="xs" c="var(--mantine-color-error)">
            {error}
          </Text>
        )}
        {condition.case_sensitive && (
          <Text size="xs" c="dimmed" lh="30px">
            Aa
          </Text>
        )}
      </Group>
      <Menu>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`More of ${name.toLowerCase()}`}>
            <IconDotsVertical size={15} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconEqualNot size={15} />} onClick={() => onChange(condition, !isDenied)}>
            {isDenied ? 'No longer deny it' : 'Deny it (not)'}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconLetterCase size={15} />}
            onClick={() => set({ case_sensitive: !condition.case_sensitive })}
          >
            {condition.case_sensitive ? 'Ignore upper and lower case' : 'Tell upper from lower case'}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Remove ${name.toLowerCase()}`}
        onClick={onRemove}
      >
        <IconX size={15} />
      </ActionIcon>
    </div>
  );
}

function operatorTakesNone(schema: RoutingSchema, operator: string): boolean {
  return schema.operators.some(({ name, values }) => name === operator && values === 'none');
}
