/** A made-up click against the saved campaign, and the decision step by step. Nothing is recorded. */
import { Alert, Button, Collapse, Group, Input, SimpleGrid, Slider, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useState, type KeyboardEvent } from 'react';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { useRoutingSchema } from '@/lib/routing/schema';
import { useSimulate, type Simulated } from '../api/simulate';
import type { Flow } from '../model/flow';
import { clickOf, FIRST_FIELDS, PRESETS, simulatedFields, type ClickFields } from '../model/simulated-click';
import { SimulationStory } from './simulation-story';
import { ClickField, ParameterFields } from './simulate-fields';

type Props = {
  campaign: string;
  flow: Flow;
  isDirty: boolean;
  /** Saves the form; false when it was refused. */
  onSave: (() => Promise<boolean>) | undefined;
  simulated: Simulated | undefined;
  onSimulated: (simulated: Simulated) => void;
};

export function SimulatePanel({ campaign, flow, isDirty, onSave, simulated, onSimulated }: Props) {
  const schema = useRoutingSchema();
  const { mutateAsync, isPending, error } = useSimulate(campaign);
  const [fields, setFields] = useState<ClickFields>(PRESETS[0]?.fields ?? {});
  const [parameters, setParameters] = useState<{ key: string; value: string }[]>([]);
  const [chance, setChance] = useState(0.5);
  const [isMore, more] = useDisclosure(false);
  const all = simulatedFields(schema);
  const first = all.filter(({ name }) => FIRST_FIELDS.includes(name));
  const rest = all.filter(({ name }) => !FIRST_FIELDS.includes(name));
  const set = (name: string, value: string) => setFields((before) => ({ ...before, [name]: value }));

  async function run(click = fields) {
    const answer = await mutateAsync({ click: clickOf(click, parameters), chance }).catch(() => undefined);
    if (answer) onSimulated(answer);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Enter' && event.target instanceof HTMLInputElement && !event.defaultPrevented)
      void run();
  }

  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- Enter in any of its fields runs it
    <div onKeyDown={onKeyDown}>
      <Stack gap="sm">
        {isDirty && (
          <Alert color="yellow" variant="light" p="xs">
            <Group justify="space-between" gap="xs">
              <Text size="sm">The saved campaign is simulated, without your changes.</Text>
              {onSave && (
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() => void onSave().then((isSaved) => (isSaved ? run() : undefined))}
                >
                  Save and simulate
                </Button>
              )}
            </Group>
          </Alert>
        )}
        <Group gap={6}>
          {PRESETS.map((preset) => (
            <Button
              key={preset.label}
              size="compact-sm"
              variant="default"
              onClick={() => {
                setFields(preset.fields);
                void run(preset.fields);
              }}
            >
              {preset.label}
            </Button>
          ))}
        </Group>
        <SimpleGrid cols={2} spacing="xs" verticalSpacing="xs">
          {first.map((field) => (
            <ClickField
              key={field.name}
              field={field}
              value={fields[field.name] ?? ''}
              onChange={(value) => set(field.name, value)}
            />
          ))}
        </SimpleGrid>
        <Collapse in={isMore}>
          <Stack gap="xs">
            <SimpleGrid cols={2} spacing="xs" verticalSpacing="xs">
              {rest.map((field) => (
                <ClickField
                  key={field.name}
                  field={field}
                  value={fields[field.name] ?? ''}
                  onChange={(value) => set(field.name, value)}
                />
              ))}
            </SimpleGrid>
            <ParameterFields value={parameters} onChange={setParameters} />
            <Input.Wrapper label="The draw" description="Decides between shares" labelElement="div">
              <Slider
                mt={4}
                thumbLabel="The draw"
                min={0}
                max={0.99}
                step={0.01}
                label={(value) => value.toFixed(2)}
                value={chance}
                onChange={setChance}
              />
            </Input.Wrapper>
          </Stack>
        </Collapse>
        <Group gap="xs">
          <Button leftSection={<IconPlayerPlay size={16} />} loading={isPending} onClick={() => void run()}>
            Simulate
          </Button>
          <Button variant="subtle" color="gray" aria-expanded={isMore} onClick={more.toggle}>
            {isMore ? 'Fewer fields' : 'More fields'}
          </Button>
        </Group>
        {error && <ErrorNotice error={error} onRetry={() => void run()} />}
        {simulated && !error && <SimulationStory simulated={simulated} flow={flow} />}
      </Stack>
    </div>
  );
}
