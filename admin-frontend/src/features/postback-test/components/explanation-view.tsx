import { Group, Stack, Text, ThemeIcon } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { ToneBadge, words, type Tone } from '@/components/ui/display/status-badge';
import type { Explanation } from '../api/test-postback';
import { StepView } from './step-view';

const TONES: Record<string, Tone> = { accepted: 'good', updated: 'info', duplicate: 'warn' };

export function ExplanationView({ explanation }: { explanation: Explanation }) {
  const { http_status, verdict, steps } = explanation;
  return (
    <Stack gap="sm" role="region" aria-label="What would happen">
      <Group gap="xs" role="status">
        <ToneBadge tone={TONES[verdict] ?? 'bad'}>{words(verdict)}</ToneBadge>
        <Text size="sm">The network would be answered HTTP {http_status}. Nothing was stored.</Text>
      </Group>
      <Stack component="ol" gap="sm" m={0} p={0} style={{ listStyle: 'none' }}>
        {steps.map((step) => (
          <Group key={step.name} component="li" gap="sm" wrap="nowrap" align="flex-start">
            <ThemeIcon
              size={20}
              radius="xl"
              variant="transparent"
              c={step.ok ? 'var(--tf-good)' : 'var(--tf-warn)'}
              aria-label={step.ok ? 'In order' : 'Look at this'}
              role="img"
            >
              {step.ok ? <IconCheck size={16} /> : <IconAlertTriangle size={16} />}
            </ThemeIcon>
            <Stack gap={4} flex={1} miw={0}>
              <Text size="sm">
                <b>{words(step.name)}</b>: {step.message}
              </Text>
              <StepView step={step} />
            </Stack>
          </Group>
        ))}
      </Stack>
    </Stack>
  );
}
