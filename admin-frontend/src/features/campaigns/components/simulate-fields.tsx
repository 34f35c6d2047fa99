import { ActionIcon, Button, Group, Input, Select, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { EntitySelect } from '@/components/ui/entity/entity-select';
import { words } from '@/components/ui/display/status-badge';
import { countryChoices } from '@/lib/format/countries';
import { fieldWords } from '@/lib/routing/rule';
import { useRoutingSchema } from '@/lib/routing/schema';
import type { SimulatedField } from '../model/simulated-click';

type Props = { field: SimulatedField; value: string; onChange: (value: string) => void };

/** One thing that a click is known by, as its kind wants it. */
export function ClickField({ field: { name, kind, description }, value, onChange }: Props) {
  const schema = useRoutingSchema();
  const label = fieldWords(name);
  const shared = { size: 'xs', label, title: description, clearable: true } as const;
  if (kind === 'flag') {
    return (
      <Select
        {...shared}
        clearable={false}
        allowDeselect={false}
        data={[
          { value: 'false', label: 'no' },
          { value: 'true', label: 'yes' },
        ]}
        value={value || 'false'}
        onChange={(next) => onChange(next ?? 'false')}
      />
    );
  }
  if (name === 'source') {
    return (
      <EntitySelect
        {...shared}
        kind="source"
        placeholder="The campaign's"
        value={value || null}
        onChange={(id) => onChange(id ?? '')}
      />
    );
  }
  const choices =
    name === 'country'
      ? countryChoices()
      : name === 'device_type'
        ? schema?.device_types.map((each) => ({ value: each, label: words(each) }))
        : undefined;
  if (choices) {
    return (
      <Select
        {...shared}
        searchable
        placeholder="Not known"
        data={choices}
        value={value || null}
        onChange={(next) => onChange(next ?? '')}
      />
    );
  }
  return (
    <TextInput
      size="xs"
      label={label}
      title={description}
      placeholder="Not known"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

type Pair = { key: string; value: string };

export function ParameterFields({ value, onChange }: { value: Pair[]; onChange: (value: Pair[]) => void }) {
  const set = (at: number, part: Partial<Pair>) =>
    onChange(value.map((pair, index) => (index === at ? { ...pair, ...part } : pair)));
  return (
    <Input.Wrapper label="Other parameters of the link" labelElement="div" size="xs">
      <Stack gap={6} mt={4}>
        {value.map((pair, at) => (
          <Group key={at} gap={6} wrap="nowrap">
            <TextInput
              size="xs"
              flex={1}
              aria-label={`Parameter ${at + 1}`}
              placeholder="zone"
              value={pair.key}
              onChange={(event) => set(at, { key: event.currentTarget.value })}
            />
            <TextInput
              size="xs"
              flex={1}
              aria-label={`Value ${at + 1}`}
              placeholder="7"
              value={pair.value}
              onChange={(event) => set(at, { value: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove parameter ${at + 1}`}
              onClick={() => onChange(value.toSpliced(at, 1))}
            >
              <IconX size={15} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          size="compact-xs"
          variant="default"
          w="fit-content"
          leftSection={<IconPlus size={13} />}
          onClick={() => onChange([...value, { key: '', value: '' }])}
        >
          Parameter
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
