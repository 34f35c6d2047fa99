import * as z from 'zod/mini';
import { listSearch, param } from '@/lib/list/search';

export const domainSearch = z.extend(listSearch, { verified: param(z.enum(['yes', 'no'])) });

export type DomainSearch = z.infer<typeof domainSearch>;
