/** What the roles of a workspace are for, and who may give them. */
import * as z from 'zod/mini';
import { useMe } from '@/lib/session/me';

export const ROLES = ['analyst', 'manager', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

export const ROLE_TEXTS: Record<Role, { label: string; text: string }> = {
  analyst: { label: 'Analyst', text: 'Reads configuration, reports and logs.' },
  manager: {
    label: 'Manager',
    text: 'An analyst who also edits campaigns and all that belongs to them, replays and retries.',
  },
  admin: {
    label: 'Admin',
    text: 'A manager who also runs the workspace: members, API keys, privacy, audit log, import and export.',
  },
  owner: { label: 'Owner', text: 'An admin whom only owners can change or remove.' },
};

export const roleValues = {
  role: z.enum(ROLES),
  mask_money: z.boolean(),
};

export type RoleValues = { role: Role; mask_money: boolean };

/** Owners alone give and take what owners have. */
export function useRolesToGive(): Role[] {
  const isOwner = useMe()?.role === 'owner';
  return ROLES.filter((role) => role !== 'owner' || isOwner);
}

/** Amounts are hidden from analysts only; the API refuses the flag for other roles. */
export function sentRole({ role, mask_money }: RoleValues): RoleValues {
  return { role, mask_money: role === 'analyst' && mask_money };
}
