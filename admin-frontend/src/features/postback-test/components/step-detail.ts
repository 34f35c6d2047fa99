/** What the steps of an explanation saw, as far as they are shown in words. Each step has a shape of its own. */
import * as z from 'zod/mini';

const text = z.nullable(z.optional(z.string()));

export const fieldsDetail = z.object({
  /** By field, the parameter that it was read from. */
  parameters: z.record(z.string(), z.nullable(z.string())),
  values: z.optional(z.record(z.string(), z.nullable(z.string()))),
  payload: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
  errors: z.optional(z.array(z.object({ field: z.string(), error: z.string() }))),
});

export const clickDetail = z.object({
  click_id: z.string(),
  created_at: z.optional(z.number()),
  campaign_id: text,
  destination_id: text,
  source_id: text,
  geo_country: text,
  device_type: text,
  cost: text,
  currency: text,
});

export const conversionDetail = z.object({
  outcome: z.string(),
  state: z.object({
    version: z.number(),
    status: z.string(),
    payout: text,
    currency: z.string(),
    previous_status: z.string(),
  }),
});

export const outboundDetail = z.object({
  calls: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      due: z.boolean(),
      reason: z.nullable(z.string()),
      request: z.nullable(z.object({ method: z.string(), url: z.string(), body: text })),
    }),
  ),
});
