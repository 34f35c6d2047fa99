import * as z from 'zod/mini';
import { param } from '@/lib/list/search';

export const botListSearch = z.object({
  list: param(z.enum(['bots', 'people'])),
  kind: param(z.enum(['ip', 'asn', 'user_agent'])),
  q: param(z.string().check(z.maxLength(100))),
});

export type BotListSearch = z.infer<typeof botListSearch>;
