/** One call to a source. Methods, statuses and macros are what `/api/schema/postbacks` says. */
import {
  ActionIcon,
  Card,
  Code,
  Collapse,
  Group,
  SimpleGrid,
  Stack,
  Text,
  Tooltip,
  UnstyledButton,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconTrash } from '@tabler/icons-react';
import { useWatch, type Control } from 'react-hook-form';
import {
  MultiSelectField,
  SelectField,
  SwitchField,
  TagsField,
  TextareaField,
  TextField,
} from '@/components/ui/form/fields';
import { words } from '@/components/ui/display/status-badge';
import { usePostbackSchema } from '@/lib/schema/postback-schema';
import type { SourceValues } from './source-values';

const MONO = { input: { fontFamily: 'var(--mantine-font-family-monospace)' } };

type Props = { control: Control<SourceValues>; at: number; onRemove: () => void };

export function PostbackFields({ control, at, onRemove }: Props) {
  const schema = usePostbackSchema();
  const method = useWatch({ control, name: `postbacks.${at}.method` });
  const [areMacrosShown, macros] = useDisclosure(false);
  const choices = (names: string[] | undefined) =>
    (names ?? []).map((value) => ({ value, label: words(value) }));

  return (
    <Card role="group" aria-label={`Postback ${at + 1}`}>
      <Stack gap="sm">
        <Group align="flex-end" wrap="nowrap">
          <SimpleGrid cols={{ base: 1, xs: 3 }} flex={1}>
            <TextField control={control} name={`postbacks.${at}.name`} label="Name" />
            <SelectField
              control={control}
              name={`postbacks.${at}.status`}
              label="Status"
              data={['active', 'paused'].map((value) => ({ value, label: words(value) }))}
            />
            <SelectField
              control={control}
              name={`postbacks.${at}.method`}
              label="Method"
              data={schema?.methods ?? []}
            />
          </SimpleGrid>
          <Tooltip label="Remove this postback">
            <ActionIcon
              variant="subtle"
              color="gray"
              size={34}
              aria-label={`Remove postback ${at + 1}`}
              onClick={onRemove}
            >
              <IconTrash size={17} />
            </ActionIcon>
          </Tooltip>
        </Group>
        <TextareaField
          control={control}
          name={`postbacks.${at}.url`}
          label="URL"
          required
          minRows={1}
          styles={MONO}
          placeholder="https://source.example/postback?click={source_click_id}&payout={payout}"
        />
        {method === 'POST' && (
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <SelectField
              control={control}
              name={`postbacks.${at}.content_type`}
              label="Body type"
              data={schema?.content_types ?? []}
            />
            <TextareaField control={control} name={`postbacks.${at}.body`} label="Body" styles={MONO} />
          </SimpleGrid>
        )}
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <MultiSelectField
            control={control}
            name={`postbacks.${at}.statuses`}
            label="Conversion statuses"
            description="None: sales only"
            data={choices(schema?.statuses.map(({ name }) => name))}
          />
          <TagsField
            control={control}
            name={`postbacks.${at}.event_types`}
            label="Event types"
            description="None: all of them"
          />
        </SimpleGrid>
        <SwitchField
          control={control}
          name={`postbacks.${at}.on_payout_change`}
          label="Also when only the payout changes"
        />
        <UnstyledButton
          fz="sm"
          c="var(--tf-accent)"
          w="fit-content"
          aria-expanded={areMacrosShown}
          onClick={macros.toggle}
        >
          {areMacrosShown ? 'Hide the macros' : 'Show the macros'}
        </UnstyledButton>
        <Collapse in={areMacrosShown}>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xs">
            {schema?.macros.map(({ name, aliases }) => (
              <Text key={name} size="xs" c="dimmed">
                <Code>{`{${name}}`}</Code>{' '}
                {aliases.length > 0 && `also ${aliases.map((each) => `{${each}}`).join(', ')}`}
              </Text>
            ))}
          </SimpleGrid>
        </Collapse>
      </Stack>
    </Card>
  );
}
