/**
 * Saves a campaign with its streams. The API writes each of them by itself, so only what differs from what is known is
 * written, and what was written is known at once: after a failure in the middle another try goes on from there.
 */
import { ApiError } from '@/lib/api/error';
import { isSame } from '@/lib/form/diff';
import type { Whole } from '../api/campaign';
import { createStream } from '../api/create-stream';
import { deleteStream } from '../api/delete-stream';
import { replaceCampaign } from '../api/replace-campaign';
import { replaceStream } from '../api/replace-stream';
import type { Stream } from '../api/streams';
import {
  campaignFields,
  inOrder,
  streamValues,
  type CampaignValues,
  type StreamValues,
} from './campaign-values';

/** Errors of one stream under the path that the form has for it. */
function below(error: unknown, prefix: string): unknown {
  if (!(error instanceof ApiError)) return error;
  const fields = error.fields.map((each) => ({ ...each, field: `${prefix}.${each.field}` }));
  return new ApiError(error.status, error.code, error.message, fields, error.retryAfterS, error.requestId);
}

function streamInput(stream: StreamValues, position: number) {
  const { name, status, kind, rules, strategy, targets, landings, sticky, best_roi, unique_policy } = stream;
  return {
    name,
    status,
    kind,
    rules,
    strategy,
    targets,
    landings,
    sticky,
    best_roi,
    unique_policy,
    position,
  };
}

export type Known = {
  /** As the server has it, as far as it was read or written here. */
  whole: Whole;
  /** Streams that the form began with: only these can have been removed by it. */
  begunWith: ReadonlySet<string>;
  /** Ids that new streams of the form got. */
  made: Map<string, string>;
};

/** `note` hears of each step that was written. */
export async function saveWhole(
  { whole, begunWith, made }: Known,
  values: CampaignValues,
  note: (whole: Whole) => void,
): Promise<Whole> {
  let now = whole;
  const keep = (next: Whole) => {
    now = next;
    note(next);
  };
  const fields = campaignFields({ ...now, ...values });
  if (!isSame(fields, campaignFields(now))) {
    const saved = await replaceCampaign(now.id, { ...fields, revision: now.revision });
    keep({ ...saved, streams: now.streams });
  }
  const identified = values.streams.map((each) => ({ ...each, id: made.get(each.id) ?? each.id }));
  const ordered = inOrder(identified);
  for (const [position, stream] of ordered.entries()) {
    const known = now.streams.find(({ id }) => id === stream.id);
    if (known && known.position === position && isSame(streamValues(known), stream)) continue;
    const input = streamInput(stream, position);
    let saved: Stream;
    try {
      saved = await (known
        ? replaceStream(known.id, { ...input, revision: known.revision })
        : createStream(now.id, input));
    } catch (error) {
      throw below(error, `streams[${identified.indexOf(stream)}]`);
    }
    const others = now.streams.filter(({ id }) => id !== saved.id);
    if (!known) made.set(stream.id, saved.id);
    keep({ ...now, streams: [...others, saved].sort((a, b) => a.position - b.position) });
  }
  const kept = new Set(ordered.map(({ id }) => made.get(id) ?? id));
  for (const { id, status } of now.streams) {
    if (kept.has(id) || status === 'archived' || !begunWith.has(id)) continue;
    const archived = await deleteStream(id);
    const others = now.streams.filter((each) => each.id !== id);
    keep({ ...now, streams: archived ? [...others, archived] : others });
  }
  return now;
}
