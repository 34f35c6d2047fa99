import { SimpleGrid, Skeleton, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { useNetworkPresets, type NetworkPreset } from '../api/network-presets';
import classes from './networks.module.css';

/** `undefined`: from nothing. */
type Props = { onChoose: (preset: NetworkPreset | undefined) => void };

export function PresetGallery({ onChoose }: Props) {
  const { data, error, refetch } = useNetworkPresets();
  const [text, setText] = useState('');
  if (error && !data) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  const found = data?.filter(({ name }) => name.toLowerCase().includes(text.trim().toLowerCase()));
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        A known network comes with a template that reads its postbacks. You can change everything afterwards.
      </Text>
      <TextInput
        type="search"
        aria-label="Search known networks"
        placeholder="Search known networks"
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
            With any template, or none
          </Text>
        </UnstyledButton>
        {found?.map((preset) => (
          <UnstyledButton key={preset.slug} className={classes.preset} onClick={() => onChoose(preset)}>
            <Text size="sm" fw={550} truncate>
              {preset.name}
            </Text>
            <Text size="xs" c="dimmed">
              Network and template
            </Text>
          </UnstyledButton>
        )) ?? Array.from({ length: 14 }, (_, at) => <Skeleton key={at} h={58} />)}
      </SimpleGrid>
    </Stack>
  );
}
