/** A list of conditions and of groups within it; groups hold lists again, as deep as one likes. */
import { ActionIcon, Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { is, isCondition, type FilterNode } from '../model/filter';
import { ConditionEditor } from './condition-editor';
import { useReportPage } from './report-context';
import classes from './reports.module.css';

type Props = {
  nodes: FilterNode[];
  onChange: (nodes: FilterNode[]) => void;
  isChecked: boolean;
  /** The condition that was just added. */
  focusAt?: number;
};

export function FilterGroup({ nodes, onChange, isChecked, focusAt }: Props) {
  const { schema } = useReportPage();
  const first = schema.dimensions[0]?.name ?? '';
  const set = (index: number, node: FilterNode) =>
    onChange(nodes.map((each, at) => (at === index ? node : each)));
  const remove = (index: number) => onChange(nodes.filter((_, at) => at !== index));
  return (
    <Stack gap="xs">
      {nodes.map((node, index) =>
        isCondition(node) ? (
          <ConditionEditor
            key={index}
            condition={node.condition}
            onChange={(condition) => set(index, { condition })}
            onRemove={() => remove(index)}
            isChecked={isChecked}
            isFocused={index === focusAt}
          />
        ) : (
          <SubGroup
            key={index}
            node={node}
            onChange={(next) => set(index, next)}
            onRemove={() => remove(index)}
            isChecked={isChecked}
          />
        ),
      )}
      <Group gap="xs">
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          onClick={() => onChange([...nodes, is(first, 'in')])}
        >
          Condition
        </Button>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          onClick={() => onChange([...nodes, { any: [is(first, 'in')] }])}
        >
          Group
        </Button>
      </Group>
    </Stack>
  );
}

const KINDS = [
  { value: 'all', label: 'All hold' },
  { value: 'any', label: 'Any holds' },
  { value: 'none', label: 'None holds' },
];

type SubProps = {
  node: Exclude<FilterNode, { condition: unknown }>;
  onChange: (node: FilterNode) => void;
  onRemove: () => void;
  isChecked: boolean;
};

/** "None holds" is `not` around `any`; any other `not` is shown as what it is around. */
function SubGroup({ node, onChange, onRemove, isChecked }: SubProps) {
  const isNot = 'not' in node;
  const inner = isNot ? node.not : node;
  const nodes = 'any' in inner ? inner.any : isNot ? [inner] : 'all' in inner ? inner.all : [inner];
  const kind = isNot ? 'none' : 'all' in node ? 'all' : 'any';
  const make = (as: string, list: FilterNode[]): FilterNode =>
    as === 'all' ? { all: list } : as === 'any' ? { any: list } : { not: { any: list } };
  return (
    <div
      className={classes.group}
      data-not={isNot || undefined}
      role="group"
      aria-label="Group of conditions"
    >
      <Group justify="space-between" mb="xs">
        <Group gap="xs">
          <Text size="xs" c="dimmed">
            Of these
          </Text>
          <SegmentedControl
            aria-label="How conditions of this group go together"
            data={KINDS}
            value={kind}
            onChange={(next) => onChange(make(next, nodes))}
          />
        </Group>
        <ActionIcon variant="subtle" color="gray" aria-label="Remove the group" onClick={onRemove}>
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
      <FilterGroup nodes={nodes} onChange={(list) => onChange(make(kind, list))} isChecked={isChecked} />
    </div>
  );
}
