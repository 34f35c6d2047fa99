/** The search params of the pages. Apart from them, since routes are in the first load and pages are not. */
import * as z from 'zod/mini';
import { listSearch, param } from '@/lib/list/search';

export const campaignsSearch = z.extend(listSearch, { source_id: param(z.string()) });
export type CampaignsSearch = z.infer<typeof campaignsSearch>;

export const TABS = ['flow', 'settings', 'links', 'history'] as const;
export type Tab = (typeof TABS)[number];
export const campaignSearch = z.object({ tab: param(z.enum(TABS)) });
