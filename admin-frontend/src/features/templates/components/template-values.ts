/**
 * A template as its form holds it: a list of names for each field and a list of words for each status, where the API
 * has one list of either. The secret is never read; what a write does to it is a choice of its own.
 */
import * as z from 'zod/mini';
import { isDecimal } from '@/lib/format/decimal';
import type { TemplateInput } from '../api/save-template';
import type { Template } from '../api/template';

const lists = z.record(z.string(), z.array(z.string()));

export const templateSchema = z.object({
  name: z.string().check(z.trim(), z.minLength(1, 'Give it a name')),
  slug: z.string().check(z.regex(/^[a-z0-9][a-z0-9_-]*$/, 'Lower-case letters, digits, - and _')),
  status: z.enum(['active', 'paused', 'archived']),
  preset: z.nullable(z.string()),
  /** By field. */
  names: lists,
  /** By status. */
  words: lists,
  default_status: z.string(),
  default_event_type: z.string(),
  required: z.array(z.string()),
  allowed_ips: z.array(z.string()),
  currency: z.string().check(z.trim(), z.regex(/^[A-Za-z]{3}$/, 'Three letters, such as USD')),
  payout_factor: z.string().check(z.refine(isDecimal, 'A number such as 0.01')),
  duplicates: z.enum(['update', 'ignore', 'count']),
  secret: z.object({ change: z.enum(['keep', 'set', 'remove']), value: z.string() }).check(
    z.refine(({ change, value }) => change !== 'set' || value.trim() !== '', {
      path: ['value'],
      error: 'Type one, or generate it',
    }),
  ),
});

export type TemplateValues = z.infer<typeof templateSchema>;

type Readable = Omit<
  Template,
  'id' | 'workspace_id' | 'has_secret' | 'revision' | 'created_at' | 'updated_at'
>;

type Field = NonNullable<TemplateInput['fields']>[number]['field'];

/** `fields` and `statuses`: all that the API's schema names, so that each has its place from the beginning. */
type Known = {
  fields: readonly { name: Field }[];
  statuses: readonly { name: string; mappable: boolean }[];
};

export function templateValues(template: Readable | undefined, known: Known): TemplateValues {
  const words: Record<string, string[]> = Object.fromEntries(
    known.statuses.filter(({ mappable }) => mappable).map(({ name }) => [name, []]),
  );
  const names: Record<string, string[]> = Object.fromEntries(known.fields.map(({ name }) => [name, []]));
  for (const { field, names: given } of template?.fields ?? []) names[field] = given;
  for (const { word, status } of template?.statuses ?? []) (words[status] ??= []).push(word);
  return {
    name: template?.name ?? '',
    slug: template?.slug ?? '',
    status: template?.status ?? 'active',
    preset: template?.preset ?? null,
    names,
    words,
    default_status: template?.default_status ?? '',
    default_event_type: template?.default_event_type ?? '',
    required: template?.required ?? [],
    allowed_ips: template?.allowed_ips ?? [],
    currency: template?.currency ?? 'USD',
    payout_factor: template?.payout_factor ?? '1',
    duplicates: template?.duplicates ?? 'update',
    secret: { change: 'keep', value: '' },
  };
}

function isField(known: readonly Field[]) {
  return (name: string): name is Field => known.some((field) => field === name);
}

export function templateInput(values: TemplateValues, { fields }: Pick<Known, 'fields'>): TemplateInput {
  const { names, words, secret, preset, default_status, default_event_type, required, ...same } = values;
  const known = fields.map(({ name }) => name);
  return {
    ...same,
    ...(preset !== null && { preset }),
    fields: known.flatMap((field) => {
      const given = names[field] ?? [];
      return given.length > 0 ? [{ field, names: given }] : [];
    }),
    statuses: Object.entries(words).flatMap(([status, each]) => each.map((word) => ({ word, status }))),
    default_status: default_status.trim() || null,
    default_event_type: default_event_type.trim() || null,
    required: required.filter(isField(known)),
    ...(secret.change === 'set' && { secret: secret.value }),
    ...(secret.change === 'remove' && { secret: null }),
  };
}

/** The API's `fields[1].names[0]` and `statuses[2].word` to the form's places, as `input` was sent. */
export function templatePath(path: string, input: TemplateInput | undefined): string {
  if (path === 'secret') return 'secret.value';
  const field = /^fields\.(\d+)(?:\.names(\..+)?)?/.exec(path);
  const sent = field && input?.fields?.[Number(field[1])];
  if (sent) return `names.${sent.field}${field[2] ?? ''}`;
  const at = Number(/^statuses\.(\d+)/.exec(path)?.[1] ?? Number.NaN);
  const word = input?.statuses?.[at];
  if (!word) return path;
  const place = input?.statuses?.slice(0, at).filter(({ status }) => status === word.status).length;
  return `words.${word.status}.${place ?? 0}`;
}

export const TEMPLATE_LABELS: Record<string, string> = {
  name: 'Name',
  slug: 'Slug',
  status: 'Status',
  preset: 'Preset',
  default_status: 'Status word of postbacks without one',
  default_event_type: 'Event type of postbacks without one',
  required: 'Required fields',
  allowed_ips: 'Addresses that may send',
  'allowed_ips.*': 'Address that may send',
  currency: 'Currency',
  payout_factor: 'Payout factor',
  duplicates: 'Repeats',
  'secret.value': 'Secret',
  'secret.change': 'Secret',
  ...Object.fromEntries(
    ['click_id', 'transaction_id', 'payout', 'currency', 'event_type', 'status', 'secret'].flatMap(
      (field) => [
        [`names.${field}`, `Parameters of ${field.replaceAll('_', ' ')}`],
        [`names.${field}.*`, `Parameter of ${field.replaceAll('_', ' ')}`],
      ],
    ),
  ),
  ...Object.fromEntries(
    ['lead', 'sale', 'rejected', 'hold'].flatMap((status) => [
      [`words.${status}`, `Words for ${status}`],
      [`words.${status}.*`, `Word for ${status}`],
    ]),
  ),
};
