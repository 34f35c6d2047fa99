import * as z from 'zod/mini';
import { listSearch, param } from '@/lib/list/search';

export const landingSearch = z.extend(listSearch, {
  health: param(z.enum(['healthy', 'degraded', 'unhealthy', 'unknown'])),
});

export type LandingSearch = z.infer<typeof landingSearch>;
