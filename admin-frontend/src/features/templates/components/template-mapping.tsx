/** Names of parameters by field, and words by status; both lists are what `/api/schema/postbacks` says. */
import { Card, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { Control } from 'react-hook-form';
import { words } from '@/components/ui/display/status-badge';
import { MultiSelectField, TagsField, TextField } from '@/components/ui/form/fields';
import type { Schemas } from '@/lib/api/client';
import type { TemplateValues } from './template-values';

type Props = { control: Control<TemplateValues>; schema: Schemas['PostbackSchema'] };

export function TemplateMapping({ control, schema }: Props) {
  return (
    <>
      <Card>
        <Title order={2}>Parameters</Title>
        <Text size="sm" c="dimmed" mb="sm">
          What the network calls each field. These names come first; the usual ones, shown in grey, go on
          working.
        </Text>
        <Stack gap="sm">
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            {schema.fields.map(({ name, default_names }) => (
              <TagsField
                key={name}
                control={control}
                name={`names.${name}`}
                label={words(name)}
                placeholder={default_names.join(', ')}
                splitChars={[',', ' ']}
              />
            ))}
            <MultiSelectField
              control={control}
              name="required"
              label="Required"
              description="A postback without one of these is refused and logged"
              data={schema.fields.map(({ name }) => ({ value: name, label: words(name) }))}
            />
          </SimpleGrid>
        </Stack>
      </Card>
      <Card>
        <Title order={2}>Statuses</Title>
        <Text size="sm" c="dimmed" mb="sm">
          Which of the network’s words means what, in any case. The usual words, shown in grey, go on working.
        </Text>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {schema.statuses
            .filter(({ mappable }) => mappable)
            .map(({ name, default_words }) => (
              <TagsField
                key={name}
                control={control}
                name={`words.${name}`}
                label={words(name)}
                placeholder={default_words.join(', ')}
                splitChars={[',']}
              />
            ))}
          <TextField
            control={control}
            name="default_status"
            label="Word of postbacks that have none"
            placeholder={schema.default_status}
          />
          <TextField
            control={control}
            name="default_event_type"
            label="Event type of postbacks that have none"
          />
        </SimpleGrid>
      </Card>
    </>
  );
}
