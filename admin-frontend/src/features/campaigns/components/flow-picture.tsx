/** The campaign as a picture, drawn from the form's values. Loaded when it is shown, since its library is large. */
import '@xyflow/react/dist/style.css';
import { useComputedColorScheme } from '@mantine/core';
import {
  Background,
  Controls,
  MarkerType,
  Position,
  ReactFlow,
  useReactFlow,
  useStore,
  type Edge,
  type NodeHandle,
  type OnNodeDrag,
} from '@xyflow/react';
import { useEffect, useMemo, useState } from 'react';
import { PICTURE_PADDING, pictureSize, placeAt, type Layout, type Placed } from '../model/flow-layout';
import type { Selection } from '../model/selection';
import { DRAG_HANDLE, FlowNodeView, type FlowNode } from './flow-nodes';
import classes from './flow.module.css';

type Props = {
  layout: Layout;
  selection: Selection | undefined;
  onSelect: (selection: Selection) => void;
  /** Undefined: it may not be changed. */
  onMove: ((stream: string, to: number) => void) | undefined;
};

const nodeTypes = { flow: FlowNodeView };
const fit = { padding: PICTURE_PADDING, maxZoom: 1 };

function isAbout(selection: Selection, box: Placed): boolean {
  switch (box.type) {
    case 'stream':
      return selection.kind === 'stream' && selection.stream === box.stream.id;
    case 'target':
      return selection.kind === 'destination' && selection.destination === box.target.id;
    default:
      return selection.kind === box.type;
  }
}

/** The whole flow stays in sight when the panel opens beside it and when boxes come, go and grow. */
function Refit({ content }: { content: number }) {
  const { fitView } = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  useEffect(() => {
    if (width > 0) void fitView(fit);
  }, [fitView, width, height, content]);
  return null;
}

/** Said rather than measured, so that lines follow when a box grows. */
function handlesOf(width: number, height: number): NodeHandle[] {
  const size = { width: 1, height: 1 };
  return [
    { id: 'left', type: 'target', position: Position.Left, x: 0, y: height / 2, ...size },
    { id: 'top', type: 'target', position: Position.Top, x: width / 2, y: 0, ...size },
    { id: 'right', type: 'source', position: Position.Right, x: width - 1, y: height / 2, ...size },
    { id: 'bottom', type: 'source', position: Position.Bottom, x: width / 2, y: height - 1, ...size },
  ];
}

export default function FlowPicture({ layout, selection, onSelect, onMove }: Props) {
  const scheme = useComputedColorScheme('light');
  const [dragged, setDragged] = useState<{ id: string; y: number }>();

  const nodes = useMemo(
    () =>
      layout.boxes.map((box): FlowNode => {
        const { id, x, y, width, height } = box;
        const isSelected = selection !== undefined && isAbout(selection, box);
        return {
          id,
          type: 'flow',
          position: { x, y: dragged?.id === id ? dragged.y : y },
          width,
          height,
          measured: { width, height },
          handles: handlesOf(width, height),
          data: { box, onSelect, isSelected },
          draggable: box.type === 'stream' && onMove !== undefined,
          dragHandle: `.${DRAG_HANDLE}`,
          zIndex: dragged?.id === id ? 10 : 0,
          focusable: false,
          // The library lets pointers through boxes that it can neither drag nor select.
          style: { pointerEvents: 'all' },
        };
      }),
    [layout, dragged, selection, onSelect, onMove],
  );

  const edges = useMemo(
    () =>
      layout.lines.map(({ id, from, to, kind, isDimmed, isTaken }): Edge => {
        const color = isTaken ? 'var(--tf-good)' : 'var(--xy-edge-stroke)';
        return {
          id,
          source: from,
          target: to,
          sourceHandle: kind === 'next' ? 'bottom' : 'right',
          targetHandle: kind === 'next' ? 'top' : 'left',
          type: kind === 'next' ? 'straight' : 'default',
          focusable: false,
          animated: isTaken,
          markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14, color },
          style: {
            stroke: color,
            strokeWidth: isTaken ? 2 : 1.25,
            strokeDasharray: kind === 'next' || isDimmed ? '4 4' : undefined,
            opacity: isDimmed && !isTaken ? 0.5 : 1,
          },
        };
      }),
    [layout],
  );

  const onNodeDrag: OnNodeDrag<FlowNode> = (_, { id, position }) => setDragged({ id, y: position.y });
  const onNodeDragStop: OnNodeDrag<FlowNode> = (_, { position, height = 0, data }) => {
    setDragged(undefined);
    if (data.box.type !== 'stream') return;
    const { id } = data.box.stream;
    onMove?.(id, placeAt(layout, id, position.y + height / 2));
  };

  return (
    <div className={classes.picture} style={pictureSize(layout)}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        colorMode={scheme}
        fitView
        fitViewOptions={fit}
        minZoom={0.25}
        maxZoom={1.5}
        // Else a box stays behind a fast pointer by its first leap.
        nodeDragThreshold={0}
        nodesConnectable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        preventScrolling={false}
        zoomOnScroll={false}
        zoomActivationKeyCode={['Control', 'Meta']}
        onNodeDrag={onNodeDrag}
        onNodeDragStop={onNodeDragStop}
        aria-label="The campaign as a picture"
      >
        <Background gap={20} size={1} />
        <Refit content={layout.height} />
        <Controls showInteractive={false} fitViewOptions={fit} />
      </ReactFlow>
    </div>
  );
}
