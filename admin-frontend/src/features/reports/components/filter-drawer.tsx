/** All conditions and limits of a report at once, on a copy: nothing is asked before it is applied. */
import {
  ActionIcon,
  Button,
  Divider,
  Drawer,
  Group,
  Select,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { isDecimal, readDecimal } from '@/lib/format/decimal';
import { conditionsOf, OPERATOR_WORDS, valuesOf, type FilterNode } from '../model/filter';
import type { Having } from '../model/state';
import { FilterGroup } from './filter-group';
import { useReportPage } from './report-context';

/** A condition without what its operator asks for says nothing, and is left out. */
function isWhole(node: FilterNode): boolean {
  return conditionsOf(node).every(
    ({ operator, values = [] }) => valuesOf(operator) === 'none' || values.length > 0,
  );
}

export default function FilterDrawer({ fresh, onClose }: { fresh?: FilterNode; onClose: () => void }) {
  const { state, change, schema } = useReportPage();
  const [filters, setFilters] = useState<FilterNode[]>(() =>
    fresh ? [...state.filters, fresh] : state.filters,
  );
  const [having, setHaving] = useState<Having[]>(state.having);
  const [isChecked, setChecked] = useState(false);
  const isSound = filters.every(isWhole) && having.every(({ value }) => isDecimal(value));

  function apply() {
    setChecked(true);
    if (!isSound) return;
    change({ filters, having }, { isStep: true });
    onClose();
  }

  return (
    <Drawer opened onClose={onClose} title="Filters" size="xl" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <Stack gap="md">
          <section aria-label="What is counted">
            <Text size="sm" c="dimmed" mb="xs">
              Clicks and conversions count when all of this holds.
            </Text>
            <FilterGroup
              nodes={filters}
              onChange={setFilters}
              isChecked={isChecked}
              focusAt={fresh ? filters.length - 1 : undefined}
            />
          </section>
          <Divider />
          <section aria-label="Which rows are shown">
            <Title order={3}>Limits</Title>
            <Text size="sm" c="dimmed" mb="xs">
              Rows are shown when their figures keep all of these, such as at least 100 clicks.
            </Text>
            <Stack gap="xs">
              {having.map(({ metric, operator, value }, index) => {
                const set = (part: Partial<Having>) =>
                  setHaving(having.map((each, at) => (at === index ? { ...each, ...part } : each)));
                return (
                  <Group key={index} gap="xs" align="flex-start" wrap="nowrap">
                    <Select
                      aria-label="Figure"
                      flex={2}
                      searchable
                      allowDeselect={false}
                      data={schema.metrics.map(({ name, title }) => ({ value: name, label: title }))}
                      value={metric}
                      onChange={(next) => next && set({ metric: next })}
                    />
                    <Select
                      aria-label="Comparison"
                      flex={2}
                      allowDeselect={false}
                      data={schema.having_operators.map((each) => ({
                        value: each,
                        label: OPERATOR_WORDS[each],
                      }))}
                      value={operator}
                      onChange={(next) => {
                        const found = schema.having_operators.find((each) => each === next);
                        if (found) set({ operator: found });
                      }}
                    />
                    <TextInput
                      aria-label="Number"
                      flex={1}
                      inputMode="decimal"
                      value={value}
                      error={isChecked && !isDecimal(value) && 'A number'}
                      onChange={(event) => set({ value: event.currentTarget.value })}
                      onBlur={() => set({ value: readDecimal(value) ?? value })}
                    />
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size={34}
                      aria-label={`Remove limit ${index + 1}`}
                      onClick={() => setHaving(having.filter((_, at) => at !== index))}
                    >
                      <IconTrash size={16} />
                    </ActionIcon>
                  </Group>
                );
              })}
              <Button
                variant="default"
                size="compact-sm"
                w="fit-content"
                leftSection={<IconPlus size={14} />}
                onClick={() => setHaving([...having, { metric: 'clicks', operator: 'gte', value: '100' }])}
              >
                Limit
              </Button>
            </Stack>
          </section>
          <Divider />
          <Group justify="flex-end">
            {isChecked && !isSound && (
              <Text size="sm" c="var(--tf-bad)" role="alert" mr="auto">
                Something is still empty.
              </Text>
            )}
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit">Apply</Button>
          </Group>
        </Stack>
      </form>
    </Drawer>
  );
}
