/** What the lists of people can be narrowed by. */
import * as z from 'zod/mini';
import { DEFAULT_SIZE, listSearch, param } from '@/lib/list/search';
import type { PeopleRequest } from '../api/list-members';

export const USER_STATUSES = ['invited', 'pending_approval', 'active', 'disabled'] as const;

export const peopleSearch = z.extend(listSearch, { state: param(z.enum(USER_STATUSES)) });

export type PeopleSearch = z.infer<typeof peopleSearch>;

export function peopleRequest({ q, state, page = 1, size = DEFAULT_SIZE }: PeopleSearch): PeopleRequest {
  return { limit: size, offset: (page - 1) * size, ...(q && { q }), ...(state && { status: state }) };
}
