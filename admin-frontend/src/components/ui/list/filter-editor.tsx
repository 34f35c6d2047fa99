import { Button, Checkbox, Group, Radio, ScrollArea, Stack, TagsInput } from '@mantine/core';
import { useState } from 'react';
import { joinWords, splitWords, type FilterField, type FilterValue } from '@/lib/list/filters';
import { EntityMultiSelect } from '../entity/entity-select';

type Props = { field: FilterField; value: FilterValue; onChange: (value: FilterValue) => void };

/** Applied as a whole, so that a list is not asked for every step on the way. */
export function FilterEditor({ field, value, onChange }: Props) {
  const [words, setWords] = useState(() => splitWords(value));
  const [typed, setTyped] = useState('');
  if (field.kind === 'flag') {
    return (
      <Radio.Group
        label={field.label}
        value={value === undefined ? null : String(value)}
        onChange={(next) => onChange(next === 'true')}
      >
        <Stack gap={8} mt={8}>
          <Radio value="true" label={field.yes} data-autofocus />
          <Radio value="false" label={field.no} />
        </Stack>
      </Radio.Group>
    );
  }

  const clean = (each: string) => (field.kind === 'text' && field.isUpper ? each.toUpperCase() : each);
  const apply = () => onChange(joinWords([...words, typed].map(clean)));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        apply();
      }}
    >
      <Stack gap="sm">
        {field.kind === 'entity' && (
          <EntityMultiSelect
            label={field.label}
            kind={field.entity}
            value={words}
            onChange={setWords}
            comboboxProps={{ withinPortal: false }}
            data-autofocus
          />
        )}
        {field.kind === 'choice' && (
          <Checkbox.Group label={field.label} value={words} onChange={setWords}>
            <ScrollArea.Autosize mah={260}>
              <Stack gap={8} mt={8}>
                {field.choices.map((choice, at) => (
                  <Checkbox
                    key={choice.value}
                    size="xs"
                    value={choice.value}
                    label={choice.label}
                    data-autofocus={at === 0 || undefined}
                  />
                ))}
              </Stack>
            </ScrollArea.Autosize>
          </Checkbox.Group>
        )}
        {field.kind === 'text' && (
          <TagsInput
            label={field.label}
            description={field.hint ?? 'Several: each with Enter or a comma'}
            value={words}
            onChange={setWords}
            searchValue={typed}
            onSearchChange={setTyped}
            comboboxProps={{ withinPortal: false }}
            data-autofocus
          />
        )}
        <Group justify="flex-end">
          <Button type="submit" size="compact-sm">
            Apply
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
