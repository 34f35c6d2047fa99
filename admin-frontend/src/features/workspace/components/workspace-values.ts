/** The workspace's settings as the form holds them. */
import * as z from 'zod/mini';
import type { Workspace } from '../api/workspace';

export const workspaceSchema = z.object({
  name: z.string().check(z.trim(), z.minLength(1, 'Give it a name')),
  currency: z.string().check(z.regex(/^[A-Z]{3}$/, 'A currency')),
  store_full_ip: z.boolean(),
  geo: z.object({ allow: z.array(z.string()), block: z.array(z.string()) }),
  trafficback_destination_id: z.nullable(z.string()),
});

export type WorkspaceValues = z.infer<typeof workspaceSchema>;

export function workspaceValues(workspace: Workspace | undefined): WorkspaceValues {
  return {
    name: workspace?.name ?? '',
    currency: workspace?.currency ?? 'USD',
    store_full_ip: workspace?.store_full_ip ?? false,
    geo: { allow: workspace?.geo?.allow ?? [], block: workspace?.geo?.block ?? [] },
    trafficback_destination_id: workspace?.trafficback_destination_id ?? null,
  };
}

export const WORKSPACE_LABELS: Record<string, string> = {
  name: 'Name',
  currency: 'Currency',
  store_full_ip: 'Store full addresses',
  'geo.allow': 'Only these countries',
  'geo.block': 'Not these countries',
  trafficback_destination_id: 'Trafficback',
};
