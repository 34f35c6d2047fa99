/** Edits the rules of a stream: conditions in nested groups of all, any and not, made of what the schema knows. */
import { ActionIcon, Button, Group, Select, Skeleton, Stack, Switch, Text } from '@mantine/core';
import { IconFolderPlus, IconPlus, IconX } from '@tabler/icons-react';
import {
  conditionOf,
  groupOf,
  peel,
  ruleDepth,
  type Group as GroupKind,
  type Operator,
  type Rule,
} from '@/lib/routing/rule';
import { useRoutingSchema, type RoutingSchema } from '@/lib/routing/schema';
import { ConditionEditor } from './condition-editor';
import classes from './rule-builder.module.css';

type Props = {
  value: Rule;
  onChange: (rule: Rule) => void;
  /** By path below the rule, with points: `all.1.condition.values`. */
  errors?: Record<string, string>;
};

const GROUPS: { value: GroupKind; label: string }[] = [
  { value: 'all', label: 'all of these' },
  { value: 'any', label: 'any of these' },
];

export function RuleBuilder({ value, onChange, errors = {} }: Props) {
  const schema = useRoutingSchema();
  if (!schema) return <Skeleton h={64} />;
  const node = peel(value);
  // A condition alone is shown as a group of one.
  const root = node.kind === 'condition' ? groupOf('all', [value]) : value;
  const prefix = node.kind === 'condition' ? undefined : '';
  const ownErrors = Object.entries(errors).filter(([path]) => !/\d/.test(path));
  return (
    <Stack gap={6}>
      <GroupEditor
        rule={root}
        path={prefix}
        name="Rules"
        depth={1}
        schema={schema}
        errors={errors}
        onChange={onChange}
      />
      {ownErrors.map(([path, message]) => (
        <Text key={path} size="xs" c="var(--mantine-color-error)" role="alert">
          {message}
        </Text>
      ))}
    </Stack>
  );
}

type GroupProps = {
  rule: Rule;
  /** Undefined where the tree has no such place yet. */
  path: string | undefined;
  name: string;
  depth: number;
  schema: RoutingSchema;
  errors: Record<string, string>;
  onChange: (rule: Rule) => void;
  onRemove?: () => void;
};

function newCondition(schema: RoutingSchema): Rule {
  const field = schema.fields.find(({ name }) => name === 'country') ?? schema.fields[0];
  const many = schema.operators.find(
    ({ values, kinds }) => values === 'one_or_more' && field && kinds.includes(field.kind),
  );
  const operator: Operator = many?.name ?? 'eq';
  return conditionOf({ field: field?.name ?? 'country', operator, values: [], case_sensitive: false });
}

function GroupEditor({ rule, path, name, depth, schema, errors, onChange, onRemove }: GroupProps) {
  const node = peel(rule);
  if (node.kind === 'condition') return null;
  const { group, rules, isDenied } = node;
  const write = (next: Rule[], kind: GroupKind = group, denied = isDenied) =>
    onChange(groupOf(kind, next, denied));
  const put = (at: number, next: Rule) => write(rules.map((each, index) => (index === at ? next : each)));
  const remove = (at: number) => write(rules.filter((_, index) => index !== at));
  const place = path === undefined ? undefined : path + node.path;
  const mayNest = depth + 2 < schema.limits.depth;

  return (
    <div className={classes.group} role="group" aria-label={name}>
      <Group gap={8} wrap="nowrap" justify="space-between">
        <Group gap={8}>
          <Text size="sm" c="dimmed">
            {rules.length === 0 && !isDenied && group === 'all' ? 'Takes every click. Match' : 'Match'}
          </Text>
          <Select
            size="xs"
            w={120}
            aria-label={`${name}: how its parts count`}
            allowDeselect={false}
            data={GROUPS}
            value={group}
            onChange={(next) => write(rules, next === 'any' ? 'any' : 'all')}
          />
          <Switch
            size="xs"
            label="Deny (not)"
            checked={isDenied}
            onChange={(event) => write(rules, group, event.currentTarget.checked)}
          />
        </Group>
        {onRemove && (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Remove ${name.toLowerCase()}`}
            onClick={onRemove}
          >
            <IconX size={15} />
          </ActionIcon>
        )}
      </Group>
      <div className={classes.parts}>
        {rules.map((each, at) => {
          const inner = peel(each);
          const below = place === undefined ? undefined : `${place}.${at}.`;
          const part = `${depth === 1 ? '' : `${name}, `}${inner.kind === 'group' ? 'group' : 'condition'} ${at + 1}`;
          const title = part.charAt(0).toUpperCase() + part.slice(1);
          return inner.kind === 'group' ? (
            <GroupEditor
              key={at}
              rule={each}
              path={below}
              name={title}
              depth={depth + 1}
              schema={schema}
              errors={errors}
              onChange={(next) => put(at, next)}
              onRemove={() => remove(at)}
            />
          ) : (
            <ConditionEditor
              key={at}
              condition={inner.condition}
              isDenied={inner.isDenied}
              schema={schema}
              name={title}
              error={below === undefined ? undefined : errorBelow(errors, below)}
              onChange={(condition, denied) => put(at, conditionOf(condition, denied))}
              onRemove={() => remove(at)}
            />
          );
        })}
      </div>
      <Group gap={6}>
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconPlus size={13} />}
          onClick={() => write([...rules, newCondition(schema)])}
        >
          Condition
        </Button>
        {mayNest && ruleDepth(rule) < schema.limits.depth && (
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<IconFolderPlus size={13} />}
            onClick={() =>
              write([...rules, groupOf(group === 'all' ? 'any' : 'all', [newCondition(schema)])])
            }
          >
            Group
          </Button>
        )}
      </Group>
    </div>
  );
}

function errorBelow(errors: Record<string, string>, prefix: string): string | undefined {
  const found = Object.entries(errors).find(([path]) => `${path}.`.startsWith(prefix));
  return found?.[1];
}
