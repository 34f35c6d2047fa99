import * as z from 'zod/mini';
import { listSearch, param } from '@/lib/list/search';

export const networkSearch = z.extend(listSearch, { template_id: param(z.string()) });

export type NetworkSearch = z.infer<typeof networkSearch>;
