/** The last day of a node, from its minutes, for the eye: oldest first, and no more points than there are pixels. */
import type { NodeMoment } from '../api/node';

export type DayPoint = { at: string; events: number; oldestMs: number; clockMs: number };

/** Of several minutes, the worst: a peak must not disappear between two points. */
export function dayPoints(history: NodeMoment[], most: number): DayPoint[] {
  const oldestFirst = [...history].reverse();
  const size = Math.max(1, Math.ceil(oldestFirst.length / most));
  const points: DayPoint[] = [];
  for (let at = 0; at < oldestFirst.length; at += size) {
    const group = oldestFirst.slice(at, at + size);
    const first = group[0];
    if (!first) continue;
    points.push({
      at: first.at,
      events: Math.max(...group.map(({ outbox_events }) => outbox_events)),
      oldestMs: Math.max(...group.map(({ outbox_oldest_age_ms }) => outbox_oldest_age_ms)),
      clockMs: group.reduce(
        (worst, { clock_offset_ms }) =>
          Math.abs(clock_offset_ms) > Math.abs(worst) ? clock_offset_ms : worst,
        0,
      ),
    });
  }
  return points;
}
