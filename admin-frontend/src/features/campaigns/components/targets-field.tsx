/** The destinations of a stream, or its landing pages: their order, shares, and which of them take clicks. */
import { ActionIcon, Button, Group, Input, NumberInput, Slider, Switch, Text, Tooltip } from '@mantine/core';
import { IconPencil, IconPlus, IconX } from '@tabler/icons-react';
import { useController, type UseFormReturn } from 'react-hook-form';
import { EntitySelect } from '@/components/ui/entity/entity-select';
import { flattenErrors } from '@/components/ui/form/error-summary';
import { SortableList } from '@/components/ui/order/sortable-list';
import { evenShares, shares, withShare } from '@/lib/routing/shares';
import { useDestinations } from '../api/list-destinations';
import type { CampaignValues, StreamValues, TargetValues } from '../model/campaign-values';
import { destinationName } from '../model/flow';
import { useDestinationDialog } from './destination-dialog';
import classes from './flow.module.css';

type Props = {
  form: UseFormReturn<CampaignValues>;
  at: number;
  list: 'targets' | 'landings';
  strategy: StreamValues['strategy'];
};

const WORDS = {
  targets: { label: 'Destinations', add: 'Add a destination', one: 'destination' },
  landings: {
    label: 'Landing pages, shown before the destination',
    add: 'Add a landing page',
    one: 'landing page',
  },
};

export function TargetsField({ form, at, list, strategy }: Props) {
  const { field, fieldState } = useController({ control: form.control, name: `streams.${at}.${list}` });
  const destinations = useDestinations();
  const dialog = useDestinationDialog();
  const targets = field.value;
  const weights = targets.map(({ weight }) => weight);
  const percents = shares(weights);
  const isWeighted = strategy === 'weighted';
  const errors = flattenErrors(fieldState.error);
  const words = WORDS[list];

  const write = (next: TargetValues[]) => {
    form.clearErrors(`streams.${at}.${list}`);
    field.onChange(next);
  };
  const weigh = (next: number[]) =>
    write(targets.map((target, index) => ({ ...target, weight: next[index] ?? target.weight })));
  const set = (index: number, part: Partial<TargetValues>) =>
    write(targets.map((target, each) => (each === index ? { ...target, ...part } : target)));
  const errorAt = (index: number) => errors.find(({ path }) => path.split('.')[0] === String(index))?.message;
  const ownError = errors.find(({ path }) => path === '' || path === 'root')?.message;
  const usual =
    targets.length === 0 ? 100 : Math.max(1, Math.round(weights.reduce((a, b) => a + b, 0) / targets.length));
  const name = (target: TargetValues) =>
    target.destination_id ? destinationName(target.destination_id, destinations) : `new ${words.one}`;

  return (
    <Input.Wrapper
      label={words.label}
      labelElement="div"
      required={list === 'targets'}
      error={ownError}
      inputWrapperOrder={['label', 'error', 'input']}
    >
      <div style={{ marginTop: 6 }}>
        <SortableList
          label={words.label}
          items={targets.map((target, index) => ({ target, index }))}
          itemId={({ target, index }) => target.destination_id || `new-${index}`}
          itemName={({ target }) => name(target)}
          onMove={(from, to) => {
            const target = targets[from];
            if (target) write(targets.toSpliced(from, 1).toSpliced(to, 0, target));
          }}
        >
          {({ target, index }, _, handle) => (
            <div className={classes.share} role="group" aria-label={name(target)}>
              {handle}
              <EntitySelect
                kind={list === 'landings' ? 'landing' : 'destination'}
                size="xs"
                aria-label={`${words.one} ${index + 1}`}
                clearable={false}
                allowDeselect={false}
                error={errorAt(index)}
                without={targets.flatMap(({ destination_id }, other) =>
                  other === index ? [] : [destination_id],
                )}
                value={target.destination_id || null}
                onChange={(id) => set(index, { destination_id: id ?? '' })}
              />
              <Group gap={0} wrap="nowrap">
                {target.destination_id && (
                  <Tooltip label="Edit it: URL, caps, schedule">
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={`Edit ${name(target)}`}
                      onClick={() => dialog.edit(target.destination_id)}
                    >
                      <IconPencil size={15} />
                    </ActionIcon>
                  </Tooltip>
                )}
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`Remove ${name(target)}`}
                  onClick={() => write(targets.toSpliced(index, 1))}
                >
                  <IconX size={15} />
                </ActionIcon>
              </Group>
              <div className={classes.shareRow}>
                {isWeighted ? (
                  <>
                    <Slider
                      flex={1}
                      size="sm"
                      label={(percent) => `${percent}%`}
                      thumbLabel={`Share of ${name(target)}`}
                      disabled={targets.length < 2}
                      value={percents[index] ?? 0}
                      onChange={(percent) => weigh(withShare(weights, index, percent))}
                    />
                    <NumberInput
                      size="xs"
                      w={74}
                      aria-label={`Share of ${name(target)} in percent`}
                      suffix="%"
                      min={0}
                      max={100}
                      decimalScale={1}
                      disabled={targets.length < 2}
                      value={percents[index] ?? 0}
                      onChange={(percent) =>
                        typeof percent === 'number' &&
                        percent !== percents[index] &&
                        weigh(withShare(weights, index, percent))
                      }
                    />
                    <NumberInput
                      size="xs"
                      w={92}
                      aria-label={`Weight of ${name(target)}`}
                      prefix="weight "
                      min={0}
                      max={1_000_000}
                      allowDecimal={false}
                      value={target.weight}
                      onChange={(weight) => typeof weight === 'number' && set(index, { weight })}
                    />
                  </>
                ) : (
                  <Switch
                    size="xs"
                    label="Takes clicks"
                    checked={target.weight > 0}
                    onChange={(event) => set(index, { weight: event.currentTarget.checked ? usual : 0 })}
                  />
                )}
              </div>
            </div>
          )}
        </SortableList>
        <Group gap={6} mt={8}>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlus size={14} />}
            onClick={() => write([...targets, { destination_id: '', weight: usual }])}
          >
            {words.add}
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() =>
              dialog.create(list === 'landings' ? 'landing' : 'offer', ({ id }) =>
                write([...targets, { destination_id: id, weight: usual }]),
              )
            }
          >
            {`Create a new ${words.one}`}
          </Button>
          {isWeighted && targets.length > 1 && (
            <>
              <Button size="compact-sm" variant="subtle" onClick={() => weigh(evenShares(targets.length))}>
                Equal shares
              </Button>
              <Text size="xs" c="dimmed">
                Total {weights.some((weight) => weight > 0) ? '100%' : '0%'}
              </Text>
            </>
          )}
        </Group>
      </div>
      {dialog.element}
    </Input.Wrapper>
  );
}
