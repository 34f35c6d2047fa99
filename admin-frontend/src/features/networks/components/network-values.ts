/** A network as its form holds it. */
import * as z from 'zod/mini';
import type { Network } from '../api/network';

export const networkSchema = z.object({
  name: z.string().check(z.trim(), z.minLength(1, 'Give it a name')),
  slug: z.string().check(z.regex(/^[a-z0-9][a-z0-9_-]*$/, 'Lower-case letters, digits, - and _')),
  status: z.enum(['active', 'paused', 'archived']),
  template_id: z.nullable(z.string()),
});

export type NetworkValues = z.infer<typeof networkSchema>;

export function networkValues(network: Network | undefined): NetworkValues {
  if (!network) return { name: '', slug: '', status: 'active', template_id: null };
  const { name, slug, status, template_id = null } = network;
  return { name, slug, status, template_id };
}

export const NETWORK_LABELS: Record<string, string> = {
  name: 'Name',
  slug: 'Slug',
  status: 'Status',
  template_id: 'Template',
};
