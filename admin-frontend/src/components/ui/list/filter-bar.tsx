/** Filters as chips: each says what it lets through, opens to be changed, and can be taken off. */
import { ActionIcon, Button, Group, Popover, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconFilter, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { changeFilter, type FilterField, type Filters, type FilterValue } from '@/lib/list/filters';
import { FilterEditor } from './filter-editor';
import { FilterValueText } from './filter-value';
import classes from './filter.module.css';

type Props = {
  fields: FilterField[];
  filters: Filters | undefined;
  onChange: (filters: Filters | undefined) => void;
};

export function FilterBar({ fields, filters, onChange }: Props) {
  const set = fields.filter(({ key }) => filters?.[key] !== undefined);
  const free = fields.filter(({ key }) => filters?.[key] === undefined);
  const change = (key: string, value: FilterValue) => onChange(changeFilter(filters, key, value));
  return (
    <>
      <AddFilter fields={free} onChange={change} />
      {set.map((field) => (
        <FilterChip
          key={field.key}
          field={field}
          value={filters?.[field.key]}
          onChange={(value) => change(field.key, value)}
        />
      ))}
      {set.length > 1 && (
        <Button size="compact-sm" variant="subtle" color="gray" onClick={() => onChange(undefined)}>
          Clear filters
        </Button>
      )}
    </>
  );
}

type ChipProps = { field: FilterField; value: FilterValue; onChange: (value: FilterValue) => void };

function FilterChip({ field, value, onChange }: ChipProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Group gap={0} wrap="nowrap" className={classes.chip}>
      <Popover opened={isOpen} onChange={setOpen} position="bottom-start" trapFocus returnFocus>
        <Popover.Target>
          <UnstyledButton
            className={classes.chipText}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            <Text span size="sm" c="dimmed">
              {field.label}
            </Text>{' '}
            <FilterValueText field={field} value={value} />
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown w={300}>
          <FilterEditor
            field={field}
            value={value}
            onChange={(next) => {
              onChange(next);
              setOpen(false);
            }}
          />
        </Popover.Dropdown>
      </Popover>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={`Remove the filter ${field.label}`}
        onClick={() => onChange(undefined)}
      >
        <IconX size={14} />
      </ActionIcon>
    </Group>
  );
}

type AddProps = { fields: FilterField[]; onChange: (key: string, value: FilterValue) => void };

function AddFilter({ fields, onChange }: AddProps) {
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState<FilterField>();
  const [text, setText] = useState('');
  const found = fields.filter(({ label }) => label.toLowerCase().includes(text.trim().toLowerCase()));

  function open(next: boolean) {
    setOpen(next);
    setChosen(undefined);
    setText('');
  }

  return (
    <Popover opened={isOpen} onChange={open} position="bottom-start" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          fw={500}
          leftSection={<IconFilter size={15} aria-hidden />}
          aria-expanded={isOpen}
          onClick={() => open(!isOpen)}
        >
          Filter
        </Button>
      </Popover.Target>
      <Popover.Dropdown w={300} maw="calc(100vw - 24px)" p="xs">
        {chosen ? (
          <FilterEditor
            field={chosen}
            value={undefined}
            onChange={(value) => {
              onChange(chosen.key, value);
              open(false);
            }}
          />
        ) : (
          <Stack gap={6}>
            <TextInput
              data-autofocus
              size="xs"
              aria-label="Find a filter"
              placeholder="Filter by…"
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || !found[0]) return;
                event.preventDefault();
                setChosen(found[0]);
              }}
            />
            <div className={classes.choices}>
              {found.map((field) => (
                <UnstyledButton key={field.key} className={classes.choice} onClick={() => setChosen(field)}>
                  {field.label}
                </UnstyledButton>
              ))}
              {found.length === 0 && (
                <Text size="sm" c="dimmed" p={6}>
                  No such filter
                </Text>
              )}
            </div>
          </Stack>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
