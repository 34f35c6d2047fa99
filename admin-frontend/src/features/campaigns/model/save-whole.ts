/**
 * Saves a campaign with its streams. The API writes each of them by itself, so it is looked first whether somebody else
 * has changed what is to be written: a conflict leaves nothing half done. Only what differs is written, and what was
 * written is known at once: after a failure in the middle another try goes on from there, also when a write had arrived
 * and only its answer was lost.
 */
import { ApiError } from '@/lib/api/error';
import { isTransient } from '@/lib/api/query-client';
import { isSame } from '@/lib/form/diff';
import { readCampaign, type Whole } from '../api/campaign';
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
  /** As the form knows the server to have it: as far as it was read or written here. */
  whole: Whole;
  /** Streams that the form began with: only these, and its own, can have been removed by it. */
  begunWith: ReadonlySet<string>;
  /** Ids that new streams of the form got. */
  made: Map<string, string>;
  /** What was sent and not answered, by the id of the campaign or of the form's stream. */
  unanswered: Map<string, { sent: unknown; isCreated: boolean }>;
};

export function knownOf(whole: Whole): Known {
  const begunWith = new Set(whole.streams.map(({ id }) => id));
  return { whole, begunWith, made: new Map(), unanswered: new Map() };
}

/** What arrived of the unanswered writes counts as if it had been answered. */
function withArrived({ whole, made, unanswered }: Known, fresh: Whole): Whole {
  let now = whole;
  for (const [id, { sent, isCreated }] of unanswered) {
    if (id === fresh.id) {
      if (isSame(sent, campaignFields(fresh))) now = { ...fresh, streams: now.streams };
      continue;
    }
    // A new one has no id to be found by: it is one not seen here that is just as it was sent.
    const known = new Set(now.streams.map((each) => each.id));
    const arrived = fresh.streams.find(
      (each) =>
        (isCreated ? !known.has(each.id) : each.id === id) &&
        isSame(sent, streamInput(streamValues(each), each.position)),
    );
    if (!arrived) continue;
    if (isCreated) made.set(id, arrived.id);
    now = { ...now, streams: [...now.streams.filter((each) => each.id !== arrived.id), arrived] };
  }
  unanswered.clear();
  return now;
}

function conflict(): ApiError {
  return new ApiError(409, 'revision_conflict', 'Somebody else changed it meanwhile');
}

/** `note` hears of each step that was written. */
export async function saveWhole(
  known: Known,
  values: CampaignValues,
  note: (whole: Whole) => void,
): Promise<Whole> {
  const { made, unanswered, begunWith } = known;
  const fresh = await readCampaign(known.whole.id);
  let now = withArrived(known, fresh);
  const keep = (next: Whole) => {
    now = next;
    note(next);
  };
  keep(now);

  const fields = campaignFields({ ...now, ...values });
  const isRewritten = !isSame(fields, campaignFields(now));
  const own = new Set(made.values());
  const identified = values.streams.map((each) => ({ ...each, id: made.get(each.id) ?? each.id }));
  const ordered = inOrder(identified);
  const before = new Map(now.streams.map((each) => [each.id, each]));
  const there = new Map(fresh.streams.map((each) => [each.id, each]));
  const written = ordered
    .map((stream, position) => ({ stream, position, was: before.get(stream.id) }))
    .filter(
      ({ stream, position, was }) => !was || was.position !== position || !isSame(streamValues(was), stream),
    );
  const kept = new Set(ordered.map(({ id }) => id));
  const removed = fresh.streams.filter(
    ({ id, status }) => !kept.has(id) && status !== 'archived' && (begunWith.has(id) || own.has(id)),
  );

  const isElsewhere = ({ id, revision }: Stream) => there.get(id)?.revision !== revision;
  if (
    (isRewritten && now.revision !== fresh.revision) ||
    written.some(({ was }) => was && isElsewhere(was)) ||
    removed.some(({ id, revision }) => before.get(id)?.revision !== revision)
  )
    throw conflict();

  async function send<T>(id: string, sent: unknown, isCreated: boolean, write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (isTransient(error)) unanswered.set(id, { sent, isCreated });
      throw error;
    }
  }

  let campaign: Whole = fresh;
  if (isRewritten) {
    const saved = await send(now.id, fields, false, () =>
      replaceCampaign(now.id, { ...fields, revision: now.revision }),
    );
    keep({ ...saved, streams: now.streams });
    campaign = now;
  }
  const others = (id: string) => now.streams.filter((each) => each.id !== id);
  for (const { stream, position, was } of written) {
    const input = streamInput(stream, position);
    try {
      const saved = await send(stream.id, input, !was, () =>
        was ? replaceStream(was.id, { ...input, revision: was.revision }) : createStream(now.id, input),
      );
      if (!was) made.set(stream.id, saved.id);
      there.set(saved.id, saved);
      keep({ ...now, streams: [...others(saved.id), saved] });
    } catch (error) {
      throw below(error, `streams[${identified.indexOf(stream)}]`);
    }
  }
  for (const { id } of removed) {
    const archived = await deleteStream(id);
    there.delete(id);
    if (archived) there.set(id, archived);
    keep({ ...now, streams: archived ? [...others(id), archived] : others(id) });
  }
  // Of what was not written here, the server's, which somebody else may have changed.
  return { ...campaign, streams: [...there.values()].sort((a, b) => a.position - b.position) };
}
