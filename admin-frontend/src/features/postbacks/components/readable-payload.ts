/** A payload for the eye: JSON indented, a URL or query string with a line for each parameter. Nothing is decoded. */
export function readablePayload(payload: string): string {
  const text = payload.trim();
  if (/^[[{]/.test(text)) {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return payload;
    }
  }
  const isQuery = /^[^\s?&=]+=[^\s]*$/.test(text);
  if (isQuery) return text.replaceAll('&', '\n&');
  return text.replace(/^((?:[A-Z]+ )?https?:\/\/[^\s?]+)\?(\S+)/, (_, before: string, query: string) => {
    return `${before}\n?${query.replaceAll('&', '\n&')}`;
  });
}
