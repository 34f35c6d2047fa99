/** A page of a list, as every list of the API answers it. */
export type Page<Row> = {
  items: Row[];
  limit: number;
  offset: number;
  total: number;
  /** There are no fewer than `total`; more were not counted. */
  isAtLeast?: boolean;
};
