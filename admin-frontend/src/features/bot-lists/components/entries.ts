/** A list of clients as rows of a table, and rows as the API takes them. */
import type { Schemas } from '@/lib/api/client';

type ClientList = Schemas['ClientList'];
export type Kind = 'ip' | 'asn' | 'user_agent';
export type Entry = { kind: Kind; value: string };

export const KINDS: Record<Kind, string> = { ip: 'Address', asn: 'Network', user_agent: 'User agent' };

export const idOf = ({ kind, value }: Entry) => `${kind} ${value}`;
export const nameOf = ({ kind, value }: Entry) => (kind === 'asn' ? `AS${value}` : value);

export function entriesOf({ ips, asns, user_agents }: ClientList): Entry[] {
  return [
    ...ips.map((value): Entry => ({ kind: 'ip', value })),
    ...asns.map((value): Entry => ({ kind: 'asn', value: String(value) })),
    ...user_agents.map((value): Entry => ({ kind: 'user_agent', value })),
  ];
}

export function clientListOf(entries: Entry[]): ClientList {
  const of = (wanted: Kind) => entries.filter(({ kind }) => kind === wanted).map(({ value }) => value);
  return { ips: of('ip'), asns: of('asn').map(Number), user_agents: of('user_agent') };
}

export function matching(entries: Entry[], text: string, kind: Kind | undefined): Entry[] {
  const wanted = text.trim().toLowerCase();
  return entries.filter(
    (entry) =>
      (kind === undefined || entry.kind === kind) &&
      (wanted === '' || nameOf(entry).toLowerCase().includes(wanted)),
  );
}

/** The API's complaints about `text[2]` as those about line 3 of what was typed. */
export function lineErrors(text: string, fields: Schemas['FieldError'][]) {
  const lines = text.split(/\r?\n/);
  return fields.map(({ field, error }) => {
    const at = /^text\[(\d+)\]$/.exec(field)?.[1];
    const place = at === undefined ? undefined : Number(at);
    return { line: place === undefined ? undefined : place + 1, text: lines[place ?? -1]?.trim(), error };
  });
}
