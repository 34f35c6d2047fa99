import { ActionIcon, Button, Group, Stack, Text } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useFieldArray, type Control } from 'react-hook-form';
import { SelectField, TagsField } from '@/components/ui/form/fields';
import { useReportSchema } from '../api/report-schema';
import type { CostValues } from './cost-values';

/** Fields of their own, and what is computed from a click instead of being one of its columns: the API refuses them. */
const NO_FILTERS = new Set([
  'campaign',
  'source',
  'asn',
  'referrer',
  'day',
  'hour',
  'hour_of_day',
  'weekday',
  'week',
  'month',
  'days_since_click',
  'is_bot',
  'is_unique',
  'network',
  'offer',
  'event_type',
  'conversion_status',
  'attribution',
]);
const MOST = 10;

export function CostFilters({ control }: { control: Control<CostValues> }) {
  const { fields, append, remove } = useFieldArray({ control, name: 'filters', keyName: 'key' });
  const dimensions = (useReportSchema()?.dimensions ?? []).filter(
    ({ name, kind }) => !NO_FILTERS.has(name) && kind !== 'id',
  );
  return (
    <Stack gap="xs" role="group" aria-label="Filters">
      {fields.length === 0 && (
        <Text size="sm" c="dimmed">
          All clicks of the campaign in the period.
        </Text>
      )}
      {fields.map(({ key }, at) => (
        <Group key={key} gap="xs" align="flex-start" wrap="nowrap">
          <SelectField
            control={control}
            name={`filters.${at}.dimension`}
            aria-label={`Filter ${at + 1}`}
            placeholder="Filter by"
            searchable
            w={170}
            data={dimensions.map(({ name, title }) => ({ value: name, label: title }))}
          />
          <TagsField
            control={control}
            name={`filters.${at}.values`}
            aria-label={`Values of filter ${at + 1}`}
            placeholder="Values, each with Enter"
            flex={1}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size={34}
            aria-label={`Remove filter ${at + 1}`}
            onClick={() => remove(at)}
          >
            <IconTrash size={17} />
          </ActionIcon>
        </Group>
      ))}
      <Button
        variant="default"
        size="compact-sm"
        w="fit-content"
        leftSection={<IconPlus size={14} />}
        disabled={fields.length >= MOST}
        onClick={() => append({ dimension: '', values: [] })}
      >
        Add a filter
      </Button>
    </Stack>
  );
}
