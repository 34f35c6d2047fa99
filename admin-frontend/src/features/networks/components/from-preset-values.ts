import * as z from 'zod/mini';

export const fromPresetSchema = z
  .object({
    name: z.string().check(z.trim(), z.minLength(1, 'Give it a name')),
    slug: z.string().check(z.regex(/^[a-z0-9][a-z0-9_-]*$/, 'Lower-case letters, digits, - and _')),
    hasSecret: z.boolean(),
    secret: z.string(),
  })
  .check(
    z.refine(({ hasSecret, secret }) => !hasSecret || secret.trim() !== '', {
      path: ['secret'],
      error: 'Type one, or ask for none',
    }),
  );

export type FromPresetValues = z.infer<typeof fromPresetSchema>;

export const PRESET_LABELS: Record<string, string> = { name: 'Name', slug: 'Slug', secret: 'Secret' };

const BYTES = 24;

/** Of hexadecimal digits: networks mangle little of that in a URL. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
