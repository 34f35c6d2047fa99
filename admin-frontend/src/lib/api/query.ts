/** For `querySerializer`: filters that are chosen at run time, beside the query that is known by its type. */
export function alsoAsk(filters: Record<string, string | boolean>) {
  return (query: Record<string, unknown>): string => {
    const params = new URLSearchParams();
    for (const [key, value] of Object.entries({ ...query, ...filters })) {
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
        params.set(key, String(value));
      }
    }
    return params.toString();
  };
}
