/** The few things that a campaign begins with. */
import * as z from 'zod/mini';
import type { Schemas } from '@/lib/api/client';

export const newCampaignSchema = z
  .object({
    name: z.string().check(z.trim(), z.minLength(1, 'Give it a name'), z.maxLength(200)),
    slug: z
      .string()
      .check(z.regex(/^[a-z0-9][a-z0-9_-]*$/, 'Lower-case letters, digits, - and _'), z.maxLength(64)),
    source_id: z.nullable(z.string()),
    is_new_destination: z.boolean(),
    destination_id: z.nullable(z.string()),
    destination_name: z.string().check(z.maxLength(200)),
    destination_url: z.string().check(z.trim()),
  })
  .check(
    z.refine((values) => values.is_new_destination || values.destination_id !== null, {
      path: ['destination_id'],
      message: 'Where are the clicks to go?',
    }),
    z.refine((values) => !values.is_new_destination || /^https?:\/\//i.test(values.destination_url), {
      path: ['destination_url'],
      message: 'Begins with https:// or http://',
    }),
  );

export type NewCampaignValues = z.infer<typeof newCampaignSchema>;

export const EMPTY_CAMPAIGN: NewCampaignValues = {
  name: '',
  slug: '',
  source_id: null,
  is_new_destination: true,
  destination_id: null,
  destination_name: '',
  destination_url: '',
};

export function newCampaignInput(values: NewCampaignValues, destination: string): Schemas['NewCampaign'] {
  return {
    name: values.name.trim(),
    slug: values.slug,
    source_id: values.source_id,
    streams: [{ name: 'All clicks', targets: [{ destination_id: destination, weight: 100 }] }],
  };
}

/** The API's fields that this form has under other names. */
export function newCampaignField(path: string): string {
  if (path.startsWith('streams.')) return 'destination_id';
  return path;
}
