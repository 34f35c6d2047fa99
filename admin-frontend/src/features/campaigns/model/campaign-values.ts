/** A campaign with its streams as the editor's form holds it. Positions are the places in the list. */
import * as z from 'zod/mini';
import type { Schemas } from '@/lib/api/client';
import type { Rule } from '@/lib/routing/rule';
import type { Whole } from '../api/campaign';
import type { Stream } from '../api/streams';

const STATUS = ['active', 'paused', 'archived'] as const;
const STRATEGY = ['weighted', 'waterfall', 'round_robin', 'best_roi'] as const;
export const KINDS = ['forced', 'regular', 'default'] as const;
const YEAR_HOURS = 24 * 366;

function whole(min: number, max: number, words = `${min} to ${max}`) {
  return z.int(words).check(z.minimum(min, words), z.maximum(max, words));
}

const target = z.object({
  destination_id: z.string().check(z.minLength(1, 'Choose a destination')),
  weight: whole(0, 1_000_000),
});

/** Checked by the server, which compiles it. */
const rules = z.custom<Rule>((value) => typeof value === 'object' && value !== null);

const stream = z
  .object({
    /** Of its own making (`new:…`) until it is saved. */
    id: z.string(),
    name: z.string().check(z.trim(), z.minLength(1, 'Give it a name'), z.maxLength(200)),
    status: z.enum(STATUS),
    kind: z.enum(KINDS),
    rules,
    strategy: z.enum(STRATEGY),
    targets: z.array(target).check(z.minLength(1, 'At least one destination')),
    landings: z.array(target),
    sticky: z.nullable(z.string()),
    best_roi: z.object({
      window_hours: whole(1, YEAR_HOURS),
      min_clicks: whole(0, 4_000_000_000),
      fallback_strategy: z.enum(STRATEGY),
      exploration_percent: whole(0, 100),
    }),
    unique_policy: z.nullable(
      z.object({
        user_key: z.string(),
        history_window_hours: whole(1, YEAR_HOURS),
        exhausted_mode: z.enum(['allow_repeat', 'no_destination']),
      }),
    ),
  })
  .check(
    z.refine(({ targets }) => targets.length === 0 || targets.some(({ weight }) => weight > 0), {
      path: ['targets'],
      message: 'At least one destination must take clicks',
    }),
  );

const refusal = z.enum(['refuse', 'trafficback']);

export const campaignSchema = z.object({
  name: z.string().check(z.trim(), z.minLength(1, 'Give it a name'), z.maxLength(200)),
  slug: z
    .string()
    .check(z.regex(/^[a-z0-9][a-z0-9_-]*$/, 'Lower-case letters, digits, - and _'), z.maxLength(64)),
  status: z.enum(STATUS),
  currency: z.string().check(z.regex(/^[A-Z]{3}$/, 'Three letters, such as USD')),
  source_id: z.nullable(z.string()),
  trafficback_destination_id: z.nullable(z.string()),
  fallback_destination_id: z.nullable(z.string()),
  geo: z.object({ allow: z.array(z.string()), block: z.array(z.string()) }),
  bot_policy: z.enum(['flag', 'trafficback', 'block']),
  unique_window_hours: whole(1, YEAR_HOURS),
  duplicate_window_seconds: whole(0, 3600, '0 to 3,600 seconds'),
  attribution_window_hours: whole(0, YEAR_HOURS),
  domain_ids: z.array(z.string()),
  link_policy: z.object({ invalid: refusal, expired: refusal, replayed: refusal }),
  streams: z.array(stream),
});

export type CampaignValues = z.infer<typeof campaignSchema>;
export type StreamValues = CampaignValues['streams'][number];
export type TargetValues = StreamValues['targets'][number];

export function streamValues(given: Schemas['Stream'] | Stream): StreamValues {
  const { id, name, status, rules: tree, strategy, targets } = given;
  return {
    id,
    name,
    status,
    kind: given.kind ?? 'regular',
    rules: tree,
    strategy,
    targets: targets.map(({ destination_id, weight }) => ({ destination_id, weight })),
    landings: (given.landings ?? []).map(({ destination_id, weight }) => ({ destination_id, weight })),
    sticky: given.sticky ?? null,
    best_roi: {
      window_hours: given.best_roi?.window_hours ?? 24,
      min_clicks: given.best_roi?.min_clicks ?? 100,
      fallback_strategy: given.best_roi?.fallback_strategy ?? 'round_robin',
      exploration_percent: given.best_roi?.exploration_percent ?? 10,
    },
    unique_policy: given.unique_policy
      ? {
          user_key: given.unique_policy.user_key,
          history_window_hours: given.unique_policy.history_window_hours,
          exhausted_mode: given.unique_policy.exhausted_mode ?? 'allow_repeat',
        }
      : null,
  };
}

type CampaignFields = Omit<CampaignValues, 'streams'>;

export function campaignFields(campaign: Schemas['Campaign']): CampaignFields {
  return {
    name: campaign.name,
    slug: campaign.slug,
    status: campaign.status,
    currency: campaign.currency,
    source_id: campaign.source_id ?? null,
    trafficback_destination_id: campaign.trafficback_destination_id ?? null,
    fallback_destination_id: campaign.fallback_destination_id ?? null,
    geo: { allow: campaign.geo?.allow ?? [], block: campaign.geo?.block ?? [] },
    bot_policy: campaign.bot_policy ?? 'flag',
    unique_window_hours: campaign.unique_window_hours ?? 24,
    duplicate_window_seconds: campaign.duplicate_window_seconds ?? 10,
    attribution_window_hours: campaign.attribution_window_hours ?? 0,
    domain_ids: campaign.domain_ids ?? [],
    link_policy: {
      invalid: campaign.link_policy?.invalid ?? 'refuse',
      expired: campaign.link_policy?.expired ?? 'refuse',
      replayed: campaign.link_policy?.replayed ?? 'refuse',
    },
  };
}

/** Archived streams take part in nothing and stay out of the editor. */
export function campaignValues(campaign: Whole): CampaignValues {
  const streams = campaign.streams.filter(({ status }) => status !== 'archived').map(streamValues);
  return { ...campaignFields(campaign), streams: inOrder(streams) };
}

/** As nodes ask them: forced streams first, then regular, then default ones, each in their order. */
export function inOrder<S extends Pick<StreamValues, 'kind'>>(streams: S[]): S[] {
  return KINDS.flatMap((kind) => streams.filter((each) => each.kind === kind));
}

const NEW = 'new:';
let made = 0;

export function isNew({ id }: Pick<StreamValues, 'id'>): boolean {
  return id.startsWith(NEW);
}

function nextId(): string {
  made += 1;
  return `${NEW}${made}`;
}

export function newStream(name: string): StreamValues {
  return {
    ...streamValues({
      id: nextId(),
      workspace_id: '',
      campaign_id: '',
      name,
      status: 'active',
      position: 0,
      rules: { all: [] },
      strategy: 'weighted',
      targets: [],
    }),
  };
}

export function copiedStream(stream: StreamValues): StreamValues {
  return { ...structuredClone(stream), id: nextId(), name: `${stream.name} copy` };
}
