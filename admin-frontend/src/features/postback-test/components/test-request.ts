/** What a person has typed, as the API takes it. */
import type { Schemas } from '@/lib/api/client';

export type Form = 'query' | 'json';

type Typed = { form: Form; text: string; network: string; ip: string };

/** A whole URL, a path, or what stands behind the question mark. */
export function testRequest({ form, text, network, ip }: Typed): Schemas['PostbackTest'] {
  const typed = text.trim();
  const from = ip.trim() ? { ip: ip.trim() } : {};
  if (form === 'json') return { network, body: typed, ...from };
  const isWhole = /^(https?:\/\/|\/)/i.test(typed);
  return { url: isWhole ? typed : `/pb/${network}?${typed.replace(/^\?/, '')}`, ...from };
}

/** Puts the click's id where the text has a click id, or adds one. */
export function withClick(form: Form, text: string, clickId: string): string {
  if (form === 'json') {
    const added = `"click_id": "${clickId}"`;
    if (/"click_id"\s*:\s*"[^"]*"/.test(text)) return text.replace(/"click_id"\s*:\s*"[^"]*"/, added);
    const rest = text.trim().replace(/^\{\s*/, '');
    return rest === '' || rest === '}' ? `{ ${added} }` : `{ ${added}, ${rest}`;
  }
  if (/(^|[?&])click_id=[^&]*/.test(text))
    return text.replace(/(^|[?&])click_id=[^&]*/, `$1click_id=${clickId}`);
  const glue =
    text === '' || text.endsWith('?') || text.endsWith('&')
      ? ''
      : /^(https?:|\/)/.test(text) && !text.includes('?')
        ? '?'
        : '&';
  return `${text}${glue}click_id=${clickId}`;
}
