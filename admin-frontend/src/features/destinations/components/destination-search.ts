import * as z from 'zod/mini';
import { listSearch, param } from '@/lib/list/search';

export const KINDS = ['url', 'landing', 'offer', 'safe_page', 'trafficback', 'fallback'] as const;
export const HEALTHS = ['healthy', 'degraded', 'unhealthy', 'unknown'] as const;

export const destinationSearch = z.extend(listSearch, {
  kind: param(z.enum(KINDS)),
  health: param(z.enum(HEALTHS)),
});

export type DestinationSearch = z.infer<typeof destinationSearch>;
