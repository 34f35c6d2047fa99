/** A source as its form holds it. */
import * as z from 'zod/mini';
import type { Source } from '../api/source';

const postback = z.object({
  /** Null: not saved yet. Kept otherwise, since calls are remembered by it. */
  id: z.nullable(z.string()),
  name: z.string(),
  status: z.enum(['active', 'paused', 'archived']),
  method: z.enum(['GET', 'POST']),
  url: z
    .string()
    .check(
      z.minLength(1, 'Where is the call to go?'),
      z.regex(/^https?:\/\//i, 'Begins with https:// or http://'),
    ),
  body: z.string(),
  content_type: z.enum(['form', 'json']),
  statuses: z.array(z.string()),
  event_types: z.array(z.string()),
  on_payout_change: z.boolean(),
});

export const sourceSchema = z.object({
  name: z.string().check(z.trim(), z.minLength(1, 'Give it a name')),
  slug: z.string().check(z.regex(/^[a-z0-9][a-z0-9_-]*$/, 'Lower-case letters, digits, - and _')),
  status: z.enum(['active', 'paused', 'archived']),
  postbacks: z.array(postback),
});

export type SourceValues = z.infer<typeof sourceSchema>;
export type PostbackValues = SourceValues['postbacks'][number];

export const NEW_POSTBACK: PostbackValues = {
  id: null,
  name: '',
  status: 'active',
  method: 'GET',
  url: '',
  body: '',
  content_type: 'form',
  statuses: ['sale'],
  event_types: [],
  on_payout_change: false,
};

export function sourceValues(source: Source | undefined): SourceValues {
  if (!source) return { name: '', slug: '', status: 'active', postbacks: [] };
  const { name, slug, status, postbacks = [] } = source;
  return { name, slug, status, postbacks };
}

export const SOURCE_LABELS: Record<string, string> = {
  name: 'Name',
  slug: 'Slug',
  status: 'Status',
  postbacks: 'Postbacks',
  'postbacks.*': 'Postback',
  'postbacks.*.name': 'Postback name',
  'postbacks.*.status': 'Postback status',
  'postbacks.*.method': 'Postback method',
  'postbacks.*.url': 'Postback URL',
  'postbacks.*.body': 'Postback body',
  'postbacks.*.content_type': 'Postback body type',
  'postbacks.*.statuses': 'Postback conversion statuses',
  'postbacks.*.event_types': 'Postback event types',
  'postbacks.*.on_payout_change': 'Postback on payout change',
};
