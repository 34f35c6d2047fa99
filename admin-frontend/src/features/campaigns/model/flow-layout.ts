/** Where the picture's boxes are: columns for source, streams, landing pages and targets; a row for each stream. */
import type { Flow, FlowEnd, FlowStream, FlowTarget } from './flow';

export type Box = { id: string; x: number; y: number; width: number; height: number };
export type Placed =
  | (Box & { type: 'entry'; source: string | undefined; notes: string[] })
  | (Box & { type: 'stream'; stream: FlowStream })
  | (Box & { type: 'target'; stream: string; target: FlowTarget })
  | (Box & { type: 'end'; end: FlowEnd });
export type Line = {
  id: string;
  from: string;
  to: string;
  /** `next`: where a click goes that the stream does not take. */
  kind: 'flow' | 'next';
  isDimmed: boolean;
  isTaken: boolean;
};
export type Layout = { boxes: Placed[]; lines: Line[]; streamX: number; width: number; height: number };

const ENTRY_WIDTH = 180;
const STREAM_WIDTH = 310;
const TARGET_WIDTH = 240;
const STREAM_HEIGHT = 112;
const OUTCOME_HEIGHT = 40;
const TARGET_HEIGHT = 58;
const TARGET_GAP = 8;
const ROW_GAP = 30;
const COLUMN_GAP = 64;

function columnHeight(count: number): number {
  return count * TARGET_HEIGHT + Math.max(0, count - 1) * TARGET_GAP;
}

export const STREAM_PREFIX = 'stream:';

export function layoutOf({ source, entry, streams, end }: Flow): Layout {
  const hasLandings = streams.some(({ landings }) => landings.length > 0);
  const streamX = ENTRY_WIDTH + COLUMN_GAP;
  const landingX = streamX + STREAM_WIDTH + COLUMN_GAP;
  const targetX = hasLandings ? landingX + TARGET_WIDTH + COLUMN_GAP : landingX;
  const boxes: Placed[] = [];
  const lines: Line[] = [];
  const isSimulated = streams.some(({ outcome }) => outcome !== undefined) || end.isTaken;
  let y = 0;
  let before: string | undefined;
  // The click goes on from stream to stream until one takes it.
  let isOnTheWay = isSimulated;

  for (const stream of streams) {
    const id = STREAM_PREFIX + stream.id;
    const height = STREAM_HEIGHT + (stream.outcome ? OUTCOME_HEIGHT : 0);
    const row = Math.max(height, columnHeight(stream.targets.length), columnHeight(stream.landings.length));
    boxes.push({
      type: 'stream',
      id,
      stream,
      x: streamX,
      y: y + (row - height) / 2,
      width: STREAM_WIDTH,
      height,
    });
    lines.push({
      id: `to:${id}`,
      from: before ?? 'entry',
      to: id,
      kind: before ? 'next' : 'flow',
      isDimmed: stream.status !== 'active',
      isTaken: isOnTheWay,
    });
    if (stream.outcome?.kind === 'taken' || stream.outcome?.kind === 'unserved') isOnTheWay = false;

    const place = (targets: FlowTarget[], x: number, part: string) =>
      targets.map((target, at) => {
        const top = y + (row - columnHeight(targets.length)) / 2 + at * (TARGET_HEIGHT + TARGET_GAP);
        const key = `${part}:${stream.id}:${at}`;
        const box: Box = { id: key, x, y: top, width: TARGET_WIDTH, height: TARGET_HEIGHT };
        boxes.push({ type: 'target', stream: stream.id, target, ...box });
        return { key, target };
      });
    const landings = place(stream.landings, landingX, 'landing');
    const targets = place(stream.targets, targetX, 'target');
    const connect = (from: string, { key, target }: (typeof targets)[number], isTaken: boolean) =>
      lines.push({
        id: `${from}>${key}`,
        from,
        to: key,
        kind: 'flow',
        isDimmed: target.isOff || stream.status !== 'active',
        isTaken,
      });
    for (const each of landings.length > 0 ? landings : targets)
      connect(id, each, each.target.outcome?.isChosen ?? false);
    for (const landing of landings) for (const target of targets) connect(landing.key, target, false);
    before = id;
    y += row + ROW_GAP;
  }

  const endHeight = 44 + end.steps.length * 18 + (end.reason ? 18 : 0);
  boxes.push({ type: 'end', id: 'end', end, x: streamX, y, width: STREAM_WIDTH, height: endHeight });
  lines.push({
    id: 'to:end',
    from: before ?? 'entry',
    to: 'end',
    kind: before ? 'next' : 'flow',
    isDimmed: false,
    isTaken: end.isTaken && isOnTheWay,
  });
  const first = boxes[0];
  const entryHeight = 64 + entry.length * 18;
  const entryY = first ? first.y + first.height / 2 - entryHeight / 2 : 0;
  boxes.push({
    type: 'entry',
    id: 'entry',
    source,
    notes: entry,
    x: 0,
    y: entryY,
    width: ENTRY_WIDTH,
    height: entryHeight,
  });
  return { boxes, lines, streamX, width: targetX + TARGET_WIDTH, height: y + endHeight };
}

/** The place among the streams of one that was dropped with its middle at `middle`. */
export function placeAt(layout: Layout, stream: string, middle: number): number {
  return layout.boxes.filter(
    (box) => box.type === 'stream' && box.stream.id !== stream && box.y + box.height / 2 < middle,
  ).length;
}

/** Around the boxes, as a part of what they take. */
export const PICTURE_PADDING = 0.06;
const MOST_HEIGHT = 1400;

/** High enough that boxes are no smaller than the width makes them; only very long flows are. */
export function pictureSize({ width, height }: Layout): { aspectRatio: string; maxHeight: number } {
  const around = height * (1 + PICTURE_PADDING);
  return {
    aspectRatio: `${width * (1 + PICTURE_PADDING)} / ${around}`,
    maxHeight: Math.min(Math.ceil(around), MOST_HEIGHT),
  };
}
