/** For `querySerializer`: filters that are chosen at run time, beside the query that is known by its type. */
export function alsoAsk(filters: Record<string, string | boolean>) {
  return (query: object): string => {
    const params = new URLSearchParams();
    for (const [key, value] of Object.entries<unknown>({ ...query, ...filters })) {
      if (value !== undefined && value !== null) params.set(key, String(value));
    }
    return params.toString();
  };
}
