import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, isConflict, NetworkError } from '@/lib/api/error';
import type { Whole } from '../api/campaign';
import type { Stream } from '../api/streams';
import { campaignValues, newStream, type CampaignValues } from './campaign-values';
import { knownOf, saveWhole, type Known } from './save-whole';

/** What the API keeps, and which write (counted from 1) loses its answer, or does not even arrive. */
const server = vi.hoisted(() => ({
  whole: undefined as Whole | undefined,
  writes: 0,
  loses: 0,
  isArriving: true,
}));

function kept(): Whole {
  if (!server.whole) throw new Error('no campaign');
  return server.whole;
}

function write<T>(change: () => T): Promise<T> {
  server.writes += 1;
  const isLost = server.writes === server.loses;
  if (isLost && !server.isArriving) return Promise.reject(new NetworkError('cut'));
  const done = change();
  return isLost ? Promise.reject(new NetworkError('cut')) : Promise.resolve(structuredClone(done));
}

function checked(has: number | undefined, given: number) {
  if (has !== given) throw new ApiError(409, 'revision_conflict', 'stale');
}

vi.mock('../api/campaign', () => ({ readCampaign: () => Promise.resolve(structuredClone(kept())) }));
vi.mock('../api/replace-campaign', () => ({
  replaceCampaign: (_: string, body: Partial<Whole> & { revision: number }) =>
    write(() => {
      checked(kept().revision, body.revision);
      server.whole = { ...kept(), ...body, revision: body.revision + 1 };
      return server.whole;
    }),
}));
vi.mock('../api/create-stream', () => ({
  createStream: (_: string, body: Stream) =>
    write(() => {
      const stream = { ...body, id: `s${kept().streams.length + 1}`, revision: 1 };
      server.whole = { ...kept(), streams: [...kept().streams, stream] };
      return stream;
    }),
}));
vi.mock('../api/replace-stream', () => ({
  replaceStream: (id: string, body: Stream) =>
    write(() => {
      const was = kept().streams.find((each) => each.id === id);
      checked(was?.revision, body.revision);
      return put({ ...body, id, revision: body.revision + 1 });
    }),
}));
vi.mock('../api/delete-stream', () => ({
  deleteStream: (id: string) =>
    write(() => {
      server.whole = { ...kept(), streams: kept().streams.filter((each) => each.id !== id) };
      return undefined;
    }),
}));

function put(stream: Stream): Stream {
  server.whole = {
    ...kept(),
    streams: kept().streams.map((each) => (each.id === stream.id ? stream : each)),
  };
  return stream;
}

const at = '2026-01-01T00:00:00Z';

function stored(id: string, name: string, position: number): Stream {
  return {
    id,
    name,
    position,
    workspace_id: 'w',
    campaign_id: 'c',
    status: 'active',
    rules: { all: [] },
    strategy: 'weighted',
    targets: [{ destination_id: 'd', weight: 100 }],
    revision: 1,
    created_at: at,
    updated_at: at,
  };
}

const names = () => kept().streams.map(({ name }) => name);

function added(name: string): CampaignValues['streams'][number] {
  return { ...newStream(name), targets: [{ destination_id: 'd', weight: 1 }] };
}

let known: Known;
let values: CampaignValues;

const save = async () => {
  known = knownOf(
    await saveWhole(known, values, (whole) => {
      known = { ...known, whole };
    }),
  );
};

beforeEach(() => {
  server.whole = {
    id: 'c',
    workspace_id: 'w',
    slug: 'c',
    public_id: 'p',
    name: 'Before',
    status: 'active',
    currency: 'USD',
    links: { campaign: '/c/c', public: '/go/p' },
    domain_hosts: [],
    revision: 1,
    created_at: at,
    updated_at: at,
    streams: [stored('s1', 'one', 0), stored('s2', 'two', 1)],
  };
  server.writes = 0;
  server.loses = 0;
  server.isArriving = true;
  known = knownOf(structuredClone(server.whole));
  values = campaignValues(known.whole);
});

describe('a cut in the middle of a save', () => {
  // The campaign, a stream that is changed, and two that are new.
  const everyWrite = [1, 2, 3, 4];
  const cuts = everyWrite.flatMap((loses) => [
    { loses, isArriving: true },
    { loses, isArriving: false },
  ]);

  it.each(cuts)('at write $loses (arrives: $isArriving) is gone on from', async ({ loses, isArriving }) => {
    values = {
      ...values,
      name: 'After',
      streams: [{ ...values.streams[0]!, name: 'uno' }, values.streams[1]!, added('three'), added('four')],
    };
    Object.assign(server, { loses, isArriving });
    await expect(save()).rejects.toThrow(NetworkError);
    await save();
    expect(kept().name).toBe('After');
    expect(names()).toEqual(['uno', 'two', 'three', 'four']);
    // None was written twice but the one that did not arrive.
    expect(server.writes).toBe(everyWrite.length + (isArriving ? 0 : 1));
  });

  it('lets what was new be changed before it goes on', async () => {
    values = { ...values, streams: [...values.streams, added('three')] };
    server.loses = 1;
    await expect(save()).rejects.toThrow(NetworkError);
    values = { ...values, streams: values.streams.map((each) => ({ ...each, name: `${each.name}!` })) };
    await save();
    expect(names()).toEqual(['one!', 'two!', 'three!']);
  });

  it('lets what was new be removed again', async () => {
    values = { ...values, streams: [...values.streams, added('three'), added('four')] };
    server.loses = 2;
    await expect(save()).rejects.toThrow(NetworkError);
    values = { ...values, streams: values.streams.slice(0, 2) };
    await save();
    expect(names()).toEqual(['one', 'two']);
  });
});

describe('what somebody else changed', () => {
  const theirs = (name: string) => put({ ...kept().streams[1]!, name, revision: 2 });

  it('is a conflict before anything is written', async () => {
    theirs('theirs');
    values = {
      ...values,
      name: 'After',
      streams: values.streams.map((each) => ({ ...each, name: `${each.name}!` })),
    };
    const failure: unknown = await save().catch((error: unknown) => error);
    expect(isConflict(failure)).toBe(true);
    expect(server.writes).toBe(0);
  });

  it('stays where nothing was changed here, also after a cut', async () => {
    values = {
      ...values,
      name: 'After',
      streams: [{ ...values.streams[0]!, name: 'uno' }, values.streams[1]!],
    };
    server.loses = 1;
    await expect(save()).rejects.toThrow(NetworkError);
    theirs('theirs');
    await save();
    expect(names()).toEqual(['uno', 'theirs']);
    expect(known.whole.streams.map(({ name }) => name)).toEqual(['uno', 'theirs']);
  });
});
