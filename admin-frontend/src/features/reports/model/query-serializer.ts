/** `filter[country][in]=US,CA` beside plain parameters: two levels, which the client's own serializer does not know. */
export function querySerializer(
  plain: Record<string, unknown>,
  filter: Record<string, Record<string, string>>,
): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(plain))
    if (['string', 'number', 'boolean'].includes(typeof value)) parameters.append(name, String(value));
  for (const [field, operators] of Object.entries(filter))
    for (const [operator, values] of Object.entries(operators))
      parameters.append(`filter[${field}][${operator}]`, values);
  return parameters.toString();
}
