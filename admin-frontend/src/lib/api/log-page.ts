/** A page of a log: its total may be a lower bound, since counting stops where it would cost too much. */
import type { Page } from './page';

export type LogPage<Row> = {
  items: Row[];
  limit: number;
  offset: number;
  total?: number | null;
  total_is_exact: boolean;
};

export function pageOfLog<Row>(page: LogPage<Row>): Page<Row> {
  const { items, limit, offset, total, total_is_exact } = page;
  return { items, limit, offset, total: total ?? offset + items.length, isAtLeast: !total_is_exact };
}
