import * as z from 'zod/mini';
import { listSearch, param } from '@/lib/list/search';

export const rateSearch = z.extend(listSearch, {
  currency: param(z.string().check(z.regex(/^[A-Za-z]{3}$/))),
});

export type RateSearch = z.infer<typeof rateSearch>;
