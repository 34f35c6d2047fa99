/** A click's story as one line of time: what the node decided, and what was heard and told afterwards. */
import type { Tone } from '@/components/ui/display/status-badge';
import type { ClickStory } from '../api/click-story';
import type { Click } from '../api/list-clicks';

type Conversion = ClickStory['conversions'][number];

export type StoryEvent = { at: string; key: string; tone: Tone } & (
  | { kind: 'click'; click: Click }
  | { kind: 'second_step'; click: Click }
  | { kind: 'trafficback'; trafficback: ClickStory['trafficbacks'][number] }
  | { kind: 'conversion'; conversion: Conversion; version: Conversion['history'][number] }
  | { kind: 'postback'; postback: ClickStory['postbacks'][number] }
);

const STATUS_TONES: Record<string, Tone> = { sale: 'good', lead: 'info', hold: 'warn', rejected: 'bad' };
const BAD_POSTBACKS = new Set(['refused', 'forbidden', 'failed', 'dead', 'not_found']);

export function storyEvents({
  click,
  second_steps,
  trafficbacks,
  conversions,
  postbacks,
}: ClickStory): StoryEvent[] {
  const events: StoryEvent[] = [
    { kind: 'click', key: click.event_id, at: click.created_at, tone: 'info', click },
    ...trafficbacks.map((trafficback): StoryEvent => ({
      kind: 'trafficback',
      key: trafficback.event_id,
      at: trafficback.created_at,
      tone: 'warn',
      trafficback,
    })),
    ...second_steps.map((step): StoryEvent => ({
      kind: 'second_step',
      key: step.event_id,
      at: step.created_at,
      tone: 'info',
      click: step,
    })),
    ...postbacks.map((postback): StoryEvent => ({
      kind: 'postback',
      key: postback.event_id,
      at: postback.created_at,
      tone: BAD_POSTBACKS.has(postback.status) ? 'bad' : 'neutral',
      postback,
    })),
    ...conversions.flatMap((conversion) =>
      conversion.history.map((version): StoryEvent => ({
        kind: 'conversion',
        key: `${conversion.id}.${version.version}`,
        at: version.updated_at,
        tone: STATUS_TONES[version.status] ?? 'neutral',
        conversion,
        version,
      })),
    ),
  ];
  // A stable sort: what happened in one millisecond stays in the order of cause.
  return events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
