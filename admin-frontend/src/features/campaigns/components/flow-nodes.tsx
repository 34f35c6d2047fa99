/** The boxes of the picture. Each is one button, so that the keyboard goes through them in the order of the flow. */
import { Text, UnstyledButton } from '@mantine/core';
import { Handle, Position, type Node, type NodeProps } from '@xyflow/react';
import { IconArrowFork, IconFlagOff, IconGripVertical, IconLogin2 } from '@tabler/icons-react';
import { StatusBadge } from '@/components/ui/display/status-badge';
import type { Placed } from '../model/flow-layout';
import type { Selection } from '../model/selection';
import { LiveShare, OutcomeText, StreamTitle, TargetState } from './flow-parts';
import classes from './flow.module.css';

export type FlowNodeData = { box: Placed; onSelect: (selection: Selection) => void; isSelected: boolean };
export type FlowNode = Node<FlowNodeData>;

export const DRAG_HANDLE = 'flow-drag';

function Ends({ box }: { box: Placed }) {
  const isStream = box.type === 'stream';
  return (
    <>
      {box.type !== 'entry' && (
        <Handle id="left" type="target" position={Position.Left} isConnectable={false} />
      )}
      {(isStream || box.type === 'end') && (
        <Handle id="top" type="target" position={Position.Top} isConnectable={false} />
      )}
      {box.type !== 'end' && (
        <Handle id="right" type="source" position={Position.Right} isConnectable={false} />
      )}
      {isStream && <Handle id="bottom" type="source" position={Position.Bottom} isConnectable={false} />}
    </>
  );
}

export function FlowNodeView({ data }: NodeProps<FlowNode>) {
  const { box, onSelect, isSelected } = data;
  switch (box.type) {
    case 'entry':
      return (
        <>
          <UnstyledButton
            className={classes.node}
            data-selected={isSelected || undefined}
            onClick={() => onSelect({ kind: 'entry' })}
          >
            <Text size="xs" c="dimmed">
              <IconLogin2 size={13} aria-hidden className={classes.icon} /> Clicks come from
            </Text>
            <Text size="sm" fw={600} truncate>
              {box.source ?? 'Any source'}
            </Text>
            {box.notes.map((note) => (
              <Text key={note} size="xs" c="dimmed" truncate>
                {note}
              </Text>
            ))}
          </UnstyledButton>
          <Ends box={box} />
        </>
      );
    case 'stream': {
      const { stream } = box;
      return (
        <>
          <UnstyledButton
            className={classes.node}
            data-selected={isSelected || undefined}
            data-paused={stream.status !== 'active' || undefined}
            data-outcome={stream.outcome?.kind}
            onClick={() => onSelect({ kind: 'stream', stream: stream.id })}
          >
            <StreamTitle stream={stream} />
            <Text size="xs" lineClamp={2} mih={36} title={stream.when}>
              {stream.when}
            </Text>
            <Text size="xs" c="dimmed" truncate>
              <IconArrowFork size={12} aria-hidden className={classes.icon} /> {stream.how}
            </Text>
            {stream.outcome && <OutcomeText outcome={stream.outcome} lines={2} />}
          </UnstyledButton>
          <span className={`${DRAG_HANDLE} ${classes.grip}`} aria-hidden title="Drag to change the order">
            <IconGripVertical size={15} />
          </span>
          <Ends box={box} />
        </>
      );
    }
    case 'target': {
      const { target } = box;
      return (
        <>
          <UnstyledButton
            className={classes.node}
            data-selected={isSelected || undefined}
            data-paused={target.isOff || undefined}
            data-outcome={target.outcome?.isChosen ? 'taken' : target.outcome?.skipped ? 'failed' : undefined}
            onClick={() => onSelect({ kind: 'destination', destination: target.id })}
          >
            <span className={classes.line}>
              <Text size="sm" fw={500} truncate title={target.name}>
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
          <Ends box={box} />
        </>
      );
    }
    case 'end': {
      const { end } = box;
      return (
        <>
          <UnstyledButton
            className={classes.node}
            data-selected={isSelected || undefined}
            data-outcome={end.isTaken ? 'unserved' : undefined}
            onClick={() => onSelect({ kind: 'end' })}
          >
            <Text size="xs" c="dimmed">
              <IconFlagOff size={13} aria-hidden className={classes.icon} /> What no stream can serve
            </Text>
            {end.reason && <StatusBadge status={end.reason} tone="warn" />}
            {end.steps.map((step, at) => (
              <Text key={step} size="xs" truncate fw={at === 0 ? 600 : undefined}>
                {at === 0 ? step : `then ${step}`}
              </Text>
            ))}
          </UnstyledButton>
          <Ends box={box} />
        </>
      );
    }
  }
}
