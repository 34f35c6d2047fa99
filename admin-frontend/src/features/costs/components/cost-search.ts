import * as z from 'zod/mini';
import { param } from '@/lib/list/search';

export const costSearch = z.object({
  /** The update that is shown. */
  update: param(z.string().check(z.maxLength(64))),
  form: param(z.enum(['csv'])),
});

export type CostSearch = z.infer<typeof costSearch>;
