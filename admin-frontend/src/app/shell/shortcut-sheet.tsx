import { Group, Kbd, Modal, SimpleGrid, Stack, Switch, Text, Title } from '@mantine/core';
import { MOD } from './search-button';
import { useNavigation } from './use-navigation';
import { useSingleKeys } from './use-shortcuts';

const EVERYWHERE: [string[], string][] = [
  [[MOD, 'K'], 'Search and go anywhere'],
  [['?'], 'This sheet'],
  [['['], 'Narrow or widen the sidebar'],
];
const LISTS: [string[], string][] = [
  [['/'], 'Search in the list'],
  [['↑', '↓'], 'Move between rows'],
  [['Enter'], 'Open the row'],
  [['Space'], 'Select the row'],
];
const FORMS: [string[], string][] = [[[MOD, 'S'], 'Save']];

function Keys({ title, rows }: { title: string; rows: [string[], string][] }) {
  return (
    <Stack gap={6}>
      <Title order={3}>{title}</Title>
      {rows.map(([keys, what]) => (
        <Group key={what} justify="space-between" wrap="nowrap">
          <Text size="sm">{what}</Text>
          <Group gap={4} wrap="nowrap">
            {keys.map((key) => (
              <Kbd key={key} size="xs">
                {key}
              </Kbd>
            ))}
          </Group>
        </Group>
      ))}
    </Stack>
  );
}

export default function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const [isOn, setOn] = useSingleKeys();
  const goTo = useNavigation().flatMap(({ items }) =>
    items.flatMap(({ key, label }): [string[], string][] => (key ? [[['g', key], label]] : [])),
  );
  return (
    <Modal opened onClose={onClose} title="Keyboard shortcuts" size="lg">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        <Stack gap="lg">
          <Keys title="Everywhere" rows={EVERYWHERE} />
          <Keys title="Lists" rows={LISTS} />
          <Keys title="Forms" rows={FORMS} />
        </Stack>
        <Keys title="Go to" rows={goTo} />
      </SimpleGrid>
      <Switch
        mt="lg"
        label="Single-key shortcuts"
        description="Off: only shortcuts with a modifier key work."
        checked={isOn}
        onChange={(event) => setOn(event.currentTarget.checked)}
      />
    </Modal>
  );
}
