import { Alert, Button, SimpleGrid, Skeleton, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { useSourcePresets, type SourcePreset } from '../api/source-presets';
import classes from './sources.module.css';

type Props = { onChoose: (preset: SourcePreset | undefined) => void };

export function PresetGallery({ onChoose }: Props) {
  const { data, error, refetch } = useSourcePresets();
  const [text, setText] = useState('');
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  const found = data?.filter(({ name }) => name.toLowerCase().includes(text.trim().toLowerCase()));
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        A known source comes with its macros and its postback. You can change everything afterwards.
      </Text>
      <TextInput
        aria-label="Search known sources"
        placeholder="Search known sources"
        maw={320}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="xs">
        <UnstyledButton className={classes.preset} onClick={() => onChoose(undefined)}>
          <Text size="sm" fw={550}>
            Other
          </Text>
          <Text size="xs" c="dimmed">
            Start from nothing
          </Text>
        </UnstyledButton>
        {found?.map((preset) => (
          <UnstyledButton key={preset.slug} className={classes.preset} onClick={() => onChoose(preset)}>
            <Text size="sm" fw={550} truncate>
              {preset.name}
            </Text>
            <Text size="xs" c="dimmed">
              {preset.postback_url ? 'Macros and postback' : 'Macros'}
            </Text>
          </UnstyledButton>
        )) ?? Array.from({ length: 14 }, (_, at) => <Skeleton key={at} h={58} />)}
      </SimpleGrid>
    </Stack>
  );
}

/** What the preset leaves to the person. */
export function PresetNotes({ preset, onOther }: { preset: SourcePreset; onOther: () => void }) {
  return (
    <Alert variant="light" title={`From the preset “${preset.name}”`} mb="md">
      <Stack gap={4}>
        {preset.replace.map(({ what, by }) => (
          <Text key={what} size="sm">
            Replace <b>{what}</b> by {by}.
          </Text>
        ))}
        <Text size="xs" c="dimmed">
          After: {preset.origin}
        </Text>
        <Button size="compact-sm" variant="default" w="fit-content" onClick={onOther}>
          Choose another one
        </Button>
      </Stack>
    </Alert>
  );
}
