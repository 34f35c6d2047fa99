/** A destination (or landing page) as its form holds it. */
import * as z from 'zod/mini';
import type { Schemas } from '@/lib/api/client';
import { isDecimal } from '@/lib/format/decimal';
import { WEEKDAYS } from '@/lib/routing/week';

const window = z.object({ weekdays: z.array(z.enum(WEEKDAYS)), start: z.string(), end: z.string() });

const cap = z.object({
  metric: z.enum(['clicks', 'cost', 'conversions', 'revenue']),
  limit: z.nullable(z.string().check(z.refine(isDecimal, 'A number'))),
  window_hours: z.nullable(z.int('How many hours?').check(z.minimum(1, 'At least 1 hour'))),
  calendar_timezone: z.nullable(z.string()),
  redirect_destination_id: z.nullable(z.string()),
});

/** Shared by all that clicks are sent to. */
export const limitsSchema = {
  schedule: z.nullable(
    z.object({
      timezone: z.string(),
      windows: z.array(window).check(z.minLength(1, 'Open some hours, or switch the schedule off')),
    }),
  ),
  caps: z.array(cap),
};

export const destinationSchema = z.object({
  name: z.string().check(z.trim(), z.minLength(1, 'Give it a name'), z.maxLength(200)),
  url: z.string().check(z.trim(), z.regex(/^https?:\/\//i, 'Begins with https:// or http://')),
  kind: z.enum(['url', 'landing', 'offer', 'safe_page', 'trafficback', 'fallback']),
  status: z.enum(['active', 'paused', 'archived']),
  redirect: z.enum(['http_302', 'meta_refresh', 'javascript', 'interstitial']),
  referrer_policy: z.nullable(z.string()),
  ...limitsSchema,
  geo: z.object({ allow: z.array(z.string()), block: z.array(z.string()) }),
  device_types: z.array(z.string()),
  health_check: z.object({ enabled: z.boolean(), url: z.nullable(z.string()) }),
});

export type DestinationValues = z.infer<typeof destinationSchema>;

export const NEW_DESTINATION: DestinationValues = {
  name: '',
  url: '',
  kind: 'offer',
  status: 'active',
  redirect: 'http_302',
  referrer_policy: null,
  schedule: null,
  caps: [],
  geo: { allow: [], block: [] },
  device_types: [],
  health_check: { enabled: true, url: null },
};

type Limits = Pick<DestinationValues, 'schedule' | 'caps'>;

export function limitValues({ schedule, caps }: Pick<Schemas['ShownDestination'], keyof Limits>): Limits {
  return {
    schedule: schedule ?? null,
    caps: caps.map((each) => ({
      metric: each.metric,
      limit: each.limit ?? null,
      window_hours: each.window_hours ?? null,
      calendar_timezone: each.calendar_timezone ?? null,
      redirect_destination_id: each.redirect_destination_id ?? null,
    })),
  };
}

/** As the API takes it. Caps with an amount that the caller may not see are not sent, and so stay as they are. */
export function withoutHiddenCaps<Values extends Limits>({ caps, ...others }: Values) {
  return caps.some(({ limit }) => limit === null) ? others : { ...others, caps };
}

export function destinationValues(given: Schemas['ShownDestination'] | undefined): DestinationValues {
  if (!given) return NEW_DESTINATION;
  return {
    name: given.name,
    url: given.url,
    kind: given.kind,
    status: given.status,
    redirect: given.redirect,
    referrer_policy: given.referrer_policy ?? null,
    ...limitValues(given),
    geo: { allow: given.geo.allow ?? [], block: given.geo.block ?? [] },
    device_types: given.device_types,
    health_check: { enabled: given.health_check.enabled ?? false, url: given.health_check.url ?? null },
  };
}

export const LIMIT_LABELS: Record<string, string> = {
  schedule: 'Schedule',
  'schedule.timezone': 'Time zone of the schedule',
  'schedule.windows': 'Hours of the schedule',
  caps: 'Caps',
  'caps.*': 'Cap',
  'caps.*.metric': 'Metric of the cap',
  'caps.*.limit': 'Limit of the cap',
  'caps.*.window_hours': 'Hours of the cap',
  'caps.*.calendar_timezone': 'Time zone of the cap',
  'caps.*.redirect_destination_id': 'Overflow of the cap',
};

export const DESTINATION_LABELS: Record<string, string> = {
  name: 'Name',
  url: 'URL',
  kind: 'Kind',
  status: 'Status',
  redirect: 'Redirect',
  referrer_policy: 'Referrer policy',
  ...LIMIT_LABELS,
  'geo.allow': 'Only these countries',
  'geo.block': 'Never these countries',
  device_types: 'Device types',
  'health_check.enabled': 'Health check',
  'health_check.url': 'Probed URL',
};
