/** One stream of the form: when it takes clicks, and where it sends them. */
import { Button, Divider, Group, Input, SegmentedControl, Stack } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconCopy, IconTrash } from '@tabler/icons-react';
import { useController, useWatch, type UseFormReturn } from 'react-hook-form';
import { words } from '@/components/ui/display/status-badge';
import { DESCRIBED_FIRST } from '@/components/ui/form/described-first';
import { flattenErrors } from '@/components/ui/form/error-summary';
import { SelectField, TextField } from '@/components/ui/form/fields';
import { RuleBuilder } from '@/components/ui/routing/rule-builder';
import { useRoutingSchema } from '@/lib/routing/schema';
import { KINDS, type CampaignValues, type StreamValues } from '../model/campaign-values';
import { BestRoiFields, StickyField, UniquePolicyFields } from './stream-policies';
import { TargetsField } from './targets-field';
import { STRATEGIES } from '../model/flow';
import type { StreamActions } from './use-stream-actions';

type Props = {
  form: UseFormReturn<CampaignValues>;
  at: number;
  actions: StreamActions;
  onRemove: () => void;
  onCopy: () => void;
};

const KIND_WORDS: Record<StreamValues['kind'], string> = {
  forced: 'Asked before all others.',
  regular: 'Asked in its order.',
  default: 'Asked when no other takes the click.',
};

const STRATEGY_WORDS: Record<StreamValues['strategy'], string> = {
  weighted: 'Each destination takes its share of the clicks.',
  waterfall: 'The first one that takes clicks gets them all; the next only when those before it cannot.',
  round_robin: 'One after the other, the same number each.',
  best_roi: 'The one that earns most for what it costs, once there are enough clicks to tell.',
};

export function StreamEditor({ form, at, actions, onRemove, onCopy }: Props) {
  const { control } = form;
  const streams = useWatch({ control, name: 'streams' });
  const rules = useController({ control, name: `streams.${at}.rules` });
  const schema = useRoutingSchema();
  const stream = streams[at];
  if (!stream) return null;
  const errors = Object.fromEntries(
    flattenErrors(rules.fieldState.error).map(({ path, message }) => [path, message]),
  );
  const canMove = (to: number) => streams[to]?.kind === stream.kind;

  return (
    <Stack gap="md">
      <Group grow align="flex-start">
        <TextField control={control} name={`streams.${at}.name`} label="Name" required />
        <SelectField
          control={control}
          name={`streams.${at}.status`}
          label="Status"
          data={[
            { value: 'active', label: 'Active' },
            { value: 'paused', label: 'Paused' },
          ]}
        />
      </Group>
      <Input.Wrapper
        label="When it is asked"
        labelElement="div"
        inputWrapperOrder={DESCRIBED_FIRST}
        description={`${KIND_WORDS[stream.kind]} Number ${at + 1} of ${streams.length}.`}
      >
        <Group mt={6} gap="xs">
          <SegmentedControl
            aria-label="When it is asked"
            data={KINDS.filter((kind) => schema?.stream_kinds.includes(kind) ?? true).map((value) => ({
              value,
              label: words(value),
            }))}
            value={stream.kind}
            onChange={(next) => {
              const kind = KINDS.find((each) => each === next);
              if (kind) actions.setKind(stream.id, kind);
            }}
          />
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconArrowUp size={14} />}
            disabled={!canMove(at - 1)}
            onClick={() => actions.move(stream.id, at - 1)}
          >
            Earlier
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconArrowDown size={14} />}
            disabled={!canMove(at + 1)}
            onClick={() => actions.move(stream.id, at + 1)}
          >
            Later
          </Button>
        </Group>
      </Input.Wrapper>
      <Input.Wrapper label="Which clicks it takes" labelElement="div">
        <div style={{ marginTop: 6 }}>
          <RuleBuilder value={rules.field.value} onChange={rules.field.onChange} errors={errors} />
        </div>
      </Input.Wrapper>
      <Divider label="Where they go" labelPosition="left" />
      <SelectField
        control={control}
        name={`streams.${at}.strategy`}
        label="How a destination is picked"
        description={STRATEGY_WORDS[stream.strategy]}
        data={(schema?.strategies ?? [stream.strategy]).map((value) => ({ value, label: STRATEGIES[value] }))}
      />
      <TargetsField form={form} at={at} list="targets" strategy={stream.strategy} />
      {stream.strategy === 'best_roi' && <BestRoiFields control={control} at={at} />}
      {stream.strategy === 'weighted' && <StickyField control={control} at={at} />}
      <UniquePolicyFields form={form} at={at} />
      <TargetsField form={form} at={at} list="landings" strategy="weighted" />
      <Group gap="xs">
        <Button variant="default" size="compact-sm" leftSection={<IconCopy size={14} />} onClick={onCopy}>
          Duplicate
        </Button>
        <Button
          variant="default"
          size="compact-sm"
          c="var(--tf-bad)"
          leftSection={<IconTrash size={14} />}
          onClick={onRemove}
        >
          Remove the stream
        </Button>
      </Group>
    </Stack>
  );
}
