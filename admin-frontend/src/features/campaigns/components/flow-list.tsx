/** The same as the picture in text: streams in their order, what they want and where they send clicks. */
import { Menu, ActionIcon, Text, UnstyledButton } from '@mantine/core';
import {
  IconArrowFork,
  IconCopy,
  IconDotsVertical,
  IconPlayerPause,
  IconPlayerPlay,
  IconTrash,
} from '@tabler/icons-react';
import { SortableList } from '@/components/ui/order/sortable-list';
import type { Flow, FlowStream } from '../model/flow';
import type { Selection } from '../model/selection';
import type { StreamActions } from './use-stream-actions';
import { LiveShare, OutcomeText, StreamTitle, TargetState } from './flow-parts';
import classes from './flow.module.css';

type Props = {
  flow: Flow;
  selection: Selection | undefined;
  onSelect: (selection: Selection) => void;
  actions: StreamActions;
  isReadOnly: boolean;
};

export function FlowList({ flow, selection, onSelect, actions, isReadOnly }: Props) {
  return (
    <div style={{ display: 'grid', gap: 8 }}>
      <UnstyledButton
        className={classes.card}
        data-selected={selection?.kind === 'entry' || undefined}
        onClick={() => onSelect({ kind: 'entry' })}
      >
        <Text size="xs" c="dimmed">
          Clicks come from
        </Text>
        <Text size="sm" fw={600}>
          {[flow.source ?? 'Any source', ...flow.entry].join(' · ')}
        </Text>
      </UnstyledButton>
      <SortableList
        label="Streams in their order"
        items={flow.streams}
        itemId={({ id }) => id}
        itemName={({ name }) => `stream ${name}`}
        canMove={(from, to) => flow.streams[from]?.kind === flow.streams[to]?.kind}
        onMove={(from, to) => actions.move(flow.streams[from]?.id ?? '', to)}
        isDisabled={isReadOnly}
      >
        {(stream, _, handle) => (
          <div
            className={classes.card}
            data-selected={(selection?.kind === 'stream' && selection.stream === stream.id) || undefined}
            data-outcome={stream.outcome?.kind}
          >
            <div className={classes.cardHead}>
              {handle}
              <UnstyledButton
                className={classes.cardMain}
                onClick={() => onSelect({ kind: 'stream', stream: stream.id })}
              >
                <StreamTitle stream={stream} />
                <Text size="sm" mt={4}>
                  {stream.when}
                </Text>
                <Text size="xs" c="dimmed">
                  <IconArrowFork size={12} aria-hidden className={classes.icon} /> {stream.how}
                </Text>
                {stream.outcome && <OutcomeText outcome={stream.outcome} />}
              </UnstyledButton>
              {!isReadOnly && <StreamMenu stream={stream} actions={actions} />}
            </div>
            <ul className={classes.targets} aria-label={`Destinations of ${stream.name}`}>
              {[...stream.landings, ...stream.targets].map((target, at) => (
                <li key={`${target.id}-${at}`}>
                  <UnstyledButton
                    className={classes.target}
                    data-outcome={target.outcome?.isChosen ? 'taken' : undefined}
                    onClick={() => onSelect({ kind: 'destination', destination: target.id })}
                  >
                    <span className={classes.line}>
                      <Text size="sm" truncate>
                        {target.name}
                      </Text>
                      <Text size="xs" fw={600} className={`tabular ${classes.part}`}>
                        {target.part}
                      </Text>
                    </span>
                    <span className={classes.line}>
                      <TargetState target={target} />
                      <LiveShare target={target} />
                    </span>
                  </UnstyledButton>
                </li>
              ))}
            </ul>
          </div>
        )}
      </SortableList>
      <UnstyledButton
        className={classes.card}
        data-selected={selection?.kind === 'end' || undefined}
        data-outcome={flow.end.isTaken ? 'unserved' : undefined}
        onClick={() => onSelect({ kind: 'end' })}
      >
        <Text size="xs" c="dimmed">
          What no stream can serve{flow.end.reason ? ` (here: ${flow.end.reason.toLowerCase()})` : ''}
        </Text>
        <Text size="sm">{flow.end.steps.join(', then ')}</Text>
      </UnstyledButton>
    </div>
  );
}

export function StreamMenu({
  stream,
  actions,
}: {
  stream: Pick<FlowStream, 'id' | 'name' | 'status'>;
  actions: StreamActions;
}) {
  const isPaused = stream.status === 'paused';
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for stream ${stream.name}`}>
          <IconDotsVertical size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={isPaused ? <IconPlayerPlay size={15} /> : <IconPlayerPause size={15} />}
          onClick={() => actions.setStatus(stream.id, isPaused ? 'active' : 'paused')}
        >
          {isPaused ? 'Activate' : 'Pause'}
        </Menu.Item>
        <Menu.Item leftSection={<IconCopy size={15} />} onClick={() => actions.copy(stream.id)}>
          Duplicate
        </Menu.Item>
        <Menu.Item
          color="red"
          leftSection={<IconTrash size={15} />}
          onClick={() => actions.remove(stream.id)}
        >
          Remove
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
