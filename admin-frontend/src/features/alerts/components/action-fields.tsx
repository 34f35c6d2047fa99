import {
  ActionIcon,
  Card,
  Group,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Tooltip,
} from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useController, useWatch, type Control } from 'react-hook-form';
import { useControlled } from '@/components/ui/form/controlled';
import { EntitySelect } from '@/components/ui/entity/entity-select';
import { EntityField, NumberField, TagsField } from '@/components/ui/form/fields';
import { useCampaignStreams } from '../api/campaign-streams';
import { useStream } from '../api/stream';
import { ACTIONS, CONDITIONS } from './condition-kinds';
import type { RuleValues } from './rule-values';

type Props = { control: Control<RuleValues>; at: number; onRemove: () => void };

export function ActionFields({ control, at, onRemove }: Props) {
  const kind = useWatch({ control, name: `actions.${at}.kind` });
  const { label, help } = ACTIONS[kind];
  return (
    <Card role="group" aria-label={`Action ${at + 1}: ${label}`}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <div>
            <Text size="sm" fw={550}>
              {label}
            </Text>
            <Text size="xs" c="dimmed">
              {help}
            </Text>
          </div>
          <Tooltip label="Remove this action">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove action ${at + 1}`}
              onClick={onRemove}
            >
              <IconTrash size={17} />
            </ActionIcon>
          </Tooltip>
        </Group>
        <KindFields control={control} at={at} />
      </Stack>
    </Card>
  );
}

const asId = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

type Fields = { control: Control<RuleValues>; at: number };

function KindFields({ control, at }: Fields) {
  const kind = useWatch({ control, name: `actions.${at}.kind` });
  const { about } = CONDITIONS[useWatch({ control, name: 'condition.kind' })];
  switch (kind) {
    case 'webhook':
      return null;
    case 'mail':
      return (
        <TagsField
          control={control}
          name={`actions.${at}.to`}
          label="Addresses"
          description="Of people who are active in this workspace, at most 10; each with Enter"
          required
        />
      );
    case 'pause_destination':
      return (
        <EntityField
          control={control}
          name={`actions.${at}.destination_id`}
          label="Destination"
          kind="destination"
          placeholder={about === 'destination' ? 'The one that the alert is about' : undefined}
          required={about !== 'destination'}
        />
      );
    case 'pause_campaign':
      return (
        <EntityField
          control={control}
          name={`actions.${at}.campaign_id`}
          label="Campaign"
          kind="campaign"
          placeholder={about === 'campaign' ? 'The one that the alert is about' : undefined}
          required={about !== 'campaign'}
        />
      );
    case 'set_weight':
      return <WeightFields control={control} at={at} isAboutDestination={about === 'destination'} />;
  }
}

function WeightFields({ control, at, isAboutDestination }: Fields & { isAboutDestination: boolean }) {
  const {
    value: streamId,
    ref,
    error,
    ...stream
  } = useControlled({ control, name: `actions.${at}.stream_id` }, asId);
  const { field: weight } = useController({ control, name: `actions.${at}.weight` });
  const { field: percent } = useController({ control, name: `actions.${at}.percent` });
  const ofStream = useStream(streamId).data?.campaign_id ?? null;
  const [chosen, setChosen] = useState<string | null>(null);
  const campaign = chosen ?? ofStream;
  const streams = useCampaignStreams(campaign).data?.items ?? [];
  const isShare = percent.value !== null;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <EntitySelect
        label="Campaign of the stream"
        kind="campaign"
        value={campaign}
        clearable={false}
        onChange={(next) => {
          setChosen(next);
          stream.onChange(null);
        }}
      />
      <Select
        label="Stream"
        required
        disabled={!campaign}
        placeholder={campaign ? 'Choose a stream' : 'Choose its campaign first'}
        data={streams.map(({ id, name }) => ({ value: id, label: name }))}
        ref={ref}
        value={streamId}
        onChange={stream.onChange}
        onBlur={stream.onBlur}
        error={error}
      />
      <EntityField
        control={control}
        name={`actions.${at}.destination_id`}
        label="Target"
        description="A target of the stream"
        kind="destination"
        placeholder={isAboutDestination ? 'The one that the alert is about' : undefined}
        required={!isAboutDestination}
      />
      <Stack gap={6}>
        <Group gap="xs">
          <Text size="sm" fw={500}>
            New weight
          </Text>
          <SegmentedControl
            aria-label="New weight"
            data={[
              { value: 'share', label: 'In percent of the old' },
              { value: 'weight', label: 'As it is' },
            ]}
            value={isShare ? 'share' : 'weight'}
            onChange={(next) => {
              percent.onChange(next === 'share' ? 50 : null);
              weight.onChange(next === 'share' ? null : 0);
            }}
          />
        </Group>
        {isShare ? (
          <NumberField control={control} name={`actions.${at}.percent`} label="Percent" suffix=" %" />
        ) : (
          <NumberField control={control} name={`actions.${at}.weight`} label="Weight" />
        )}
      </Stack>
    </SimpleGrid>
  );
}
