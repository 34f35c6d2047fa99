/** Which figures the table shows, in which order, and which of them are coloured. */
import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  Popover,
  ScrollArea,
  Stack,
  Text,
  Tooltip,
} from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconColumns3, IconFlame } from '@tabler/icons-react';
import { moved } from '../model/drill';
import { DEFAULT_STATE } from '../model/state';
import { useReportPage } from './report-context';

export function ColumnMenu() {
  const { state, change, schema, metrics } = useReportPage();
  const { columns, heat } = state;
  const titles = new Map(schema.metrics.map(({ name, title }) => [name, title]));
  const hidden = schema.metrics.filter(({ name }) => !columns.includes(name));
  const setHeat = (name: string) =>
    change({ heat: heat.includes(name) ? heat.filter((each) => each !== name) : [...heat, name] });

  return (
    <Popover position="bottom-end" trapFocus width={310}>
      <Popover.Target>
        <Button variant="default" size="xs" leftSection={<IconColumns3 size={15} aria-hidden />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <ScrollArea.Autosize mah={420} type="auto">
          <Stack gap={2} pr="xs">
            <Text size="xs" c="dimmed">
              Shown, in this order
            </Text>
            {columns.map((name, index) => {
              const title = titles.get(name) ?? name;
              return (
                <Group key={name} gap={2} wrap="nowrap" h={30}>
                  <Checkbox
                    size="xs"
                    flex={1}
                    label={title}
                    checked
                    disabled={columns.length === 1}
                    onChange={() => change({ columns: columns.filter((each) => each !== name) })}
                  />
                  <Tooltip label="Colours by size">
                    <ActionIcon
                      size={24}
                      variant={heat.includes(name) ? 'light' : 'subtle'}
                      color={heat.includes(name) ? undefined : 'gray'}
                      aria-pressed={heat.includes(name)}
                      aria-label={`Colours by size for ${title}`}
                      onClick={() => setHeat(name)}
                    >
                      <IconFlame size={15} />
                    </ActionIcon>
                  </Tooltip>
                  <ActionIcon
                    size={24}
                    variant="subtle"
                    color="gray"
                    aria-label={`Move ${title} up`}
                    disabled={index === 0}
                    onClick={() => change({ columns: moved(columns, index, index - 1) })}
                  >
                    <IconArrowUp size={15} />
                  </ActionIcon>
                  <ActionIcon
                    size={24}
                    variant="subtle"
                    color="gray"
                    aria-label={`Move ${title} down`}
                    disabled={index === columns.length - 1}
                    onClick={() => change({ columns: moved(columns, index, index + 1) })}
                  >
                    <IconArrowDown size={15} />
                  </ActionIcon>
                </Group>
              );
            })}
            {hidden.length > 0 && (
              <Text size="xs" c="dimmed" mt="xs">
                Not shown
              </Text>
            )}
            {hidden.map(({ name, title }) => (
              <Group key={name} h={30}>
                <Checkbox
                  size="xs"
                  label={title}
                  checked={false}
                  onChange={() => change({ columns: [...columns, name] })}
                />
              </Group>
            ))}
            <Group gap="xs" mt="xs">
              <Button
                size="compact-xs"
                variant="default"
                onClick={() =>
                  change({ columns: DEFAULT_STATE.columns.filter((name) => metrics.has(name)), heat: [] })
                }
              >
                As at first
              </Button>
              <Button
                size="compact-xs"
                variant="default"
                onClick={() => change({ heat: heat.length > 0 ? [] : columns })}
              >
                {heat.length > 0 ? 'No colours' : 'Colour all'}
              </Button>
            </Group>
          </Stack>
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  );
}
