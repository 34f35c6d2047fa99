/** What the URL of a log holds: a list's place, the period, filters, and the row that is open beside it. */
import * as z from 'zod/mini';
import { periodSearch } from '../time/period';
import { filtersSearch } from './filters';
import { listSearch, param } from './search';

export const logSearch = z.object({
  ...listSearch.shape,
  ...periodSearch.shape,
  ...filtersSearch.shape,
  open: param(z.string()),
});

export type LogSearch = z.infer<typeof logSearch>;
