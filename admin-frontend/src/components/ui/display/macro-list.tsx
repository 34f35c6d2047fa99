import { Code, Collapse, SimpleGrid, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';

type Macro = { name: string; aliases: string[] };

/** The macros that a URL may hold, folded away until asked for. */
export function MacroList({ macros }: { macros: Macro[] | undefined }) {
  const [isOpen, { toggle }] = useDisclosure(false);
  return (
    <Stack gap="xs">
      <UnstyledButton fz="sm" c="var(--tf-accent)" w="fit-content" aria-expanded={isOpen} onClick={toggle}>
        {isOpen ? 'Hide the macros' : 'Show the macros'}
      </UnstyledButton>
      <Collapse in={isOpen}>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing={6}>
          {macros?.map(({ name, aliases }) => (
            <Text key={name} size="xs" c="dimmed">
              <Code>{`{${name}}`}</Code>{' '}
              {aliases.length > 0 && `also ${aliases.map((each) => `{${each}}`).join(', ')}`}
            </Text>
          ))}
        </SimpleGrid>
      </Collapse>
    </Stack>
  );
}
