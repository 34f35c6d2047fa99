import { Button, Checkbox, Group, Radio, ScrollArea, Stack, TagsInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { joinWords, splitWords, type Choice, type FilterField, type FilterValue } from '@/lib/list/filters';
import { EntityMultiSelect } from '../entity/entity-select';

type Props = { field: FilterField; value: FilterValue; onChange: (value: FilterValue) => void };

/** Applied as a whole, so that a list is not asked for every step on the way. */
export function FilterEditor({ field, value, onChange }: Props) {
  if (field.kind === 'flag') {
    const choices = [
      { value: 'true', label: field.yes },
      { value: 'false', label: field.no },
    ];
    return (
      <OneOf
        label={field.label}
        choices={choices}
        value={value === undefined ? null : String(value)}
        onChange={(next) => onChange(next === 'true')}
      />
    );
  }
  if (field.kind === 'choice' && field.isSingle) {
    const chosen = typeof value === 'string' ? value : null;
    return <OneOf label={field.label} choices={field.choices} value={chosen} onChange={onChange} />;
  }
  return <WordsEditor field={field} value={value} onChange={onChange} />;
}

type OneOfProps = {
  label: string;
  choices: Choice[];
  value: string | null;
  onChange: (value: string) => void;
};

function OneOf({ label, choices, value, onChange }: OneOfProps) {
  return (
    <Radio.Group label={label} value={value} onChange={onChange}>
      <ScrollArea.Autosize mah={300}>
        <Stack gap={8} mt={8}>
          {choices.map((choice, at) => (
            <Radio
              key={choice.value}
              size="xs"
              value={choice.value}
              label={choice.label}
              data-autofocus={at === 0 || undefined}
              autoFocus={at === 0}
            />
          ))}
        </Stack>
      </ScrollArea.Autosize>
    </Radio.Group>
  );
}

function WordsEditor({ field, value, onChange }: Props) {
  const [words, setWords] = useState(() => (field.kind === 'word' ? [] : splitWords(value)));
  const [typed, setTyped] = useState(field.kind === 'word' && typeof value === 'string' ? value : '');
  const clean = (each: string) => (field.kind === 'text' && field.isUpper ? each.toUpperCase() : each);
  const apply = () =>
    onChange(field.kind === 'word' ? typed.trim() || undefined : joinWords([...words, typed].map(clean)));
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
            autoFocus
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
                    autoFocus={at === 0}
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
            autoFocus
          />
        )}
        {field.kind === 'word' && (
          <TextInput
            label={field.label}
            description={field.hint}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            data-autofocus
            autoFocus
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
