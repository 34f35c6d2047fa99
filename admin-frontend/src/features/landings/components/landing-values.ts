/** A landing as its form holds it. */
import * as z from 'zod/mini';
import {
  LIMIT_LABELS,
  limitsSchema,
  limitValues,
  withoutHiddenCaps,
} from '@/components/ui/destination/destination-values';
import type { LandingInput } from '../api/save-landing';
import type { Landing } from '../api/landing';

export const landingSchema = z.object({
  name: z.string().check(z.trim(), z.minLength(1, 'Give it a name')),
  url: z
    .string()
    .check(
      z.trim(),
      z.minLength(1, 'Where is the page?'),
      z.regex(/^https?:\/\//i, 'Begins with https:// or http://'),
    ),
  status: z.enum(['active', 'paused', 'archived']),
  redirect: z.enum(['http_302', 'meta_refresh', 'javascript', 'interstitial']),
  /** Empty: the browser's own. */
  referrer_policy: z.string(),
  ...limitsSchema,
  geo: z.object({ allow: z.array(z.string()), block: z.array(z.string()) }),
  device_types: z.array(z.string()),
  /** An empty URL: the page itself is probed. */
  health_check: z.object({ enabled: z.boolean(), url: z.string() }),
});

export type LandingValues = z.infer<typeof landingSchema>;

export function landingValues(landing: Landing | undefined): LandingValues {
  return {
    name: landing?.name ?? '',
    url: landing?.url ?? '',
    status: landing?.status ?? 'active',
    redirect: landing?.redirect ?? 'http_302',
    referrer_policy: landing?.referrer_policy ?? '',
    ...(landing ? limitValues(landing) : { schedule: null, caps: [] }),
    geo: { allow: landing?.geo.allow ?? [], block: landing?.geo.block ?? [] },
    device_types: landing?.device_types ?? [],
    health_check: {
      enabled: landing?.health_check.enabled ?? false,
      url: landing?.health_check.url ?? '',
    },
  };
}

export function landingInput(values: LandingValues): LandingInput {
  const { referrer_policy, health_check, ...same } = values;
  return {
    ...withoutHiddenCaps(same),
    referrer_policy: referrer_policy || null,
    health_check: { enabled: health_check.enabled, url: health_check.url.trim() || null },
  };
}

export const LANDING_LABELS: Record<string, string> = {
  name: 'Name',
  url: 'URL',
  status: 'Status',
  redirect: 'Redirect',
  referrer_policy: 'Referrer policy',
  ...LIMIT_LABELS,
  'geo.allow': 'Only these countries',
  'geo.block': 'Never these countries',
  device_types: 'Devices',
  'health_check.enabled': 'Probe the page',
  'health_check.url': 'URL to probe',
};
