/** The parameters of a report's URL. The first load has this of reports and no more, so it says nothing of their values. */
import * as z from 'zod/mini';

/** Anything: `readState` looks at it, and says what it did not understand. */
const anything = z.optional(z.unknown());
export const reportSearch = z.object({
  period: anything,
  from: anything,
  to: anything,
  tz: anything,
  compare: anything,
  tab: anything,
  by: anything,
  at: anything,
  flat: anything,
  f: anything,
  h: anything,
  sort: anything,
  cols: anything,
  heat: anything,
  chart: anything,
  cm: anything,
  split: anything,
  grain: anything,
  ct: anything,
  cohort: anything,
  view: anything,
});
export type ReportSearch = z.infer<typeof reportSearch>;
