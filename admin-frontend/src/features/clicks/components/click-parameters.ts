/** What the source said in the tracking link, named. Empty ones are left out. */
import type { Click } from '../api/list-clicks';

type TextKey = { [Key in keyof Click]: Click[Key] extends string ? Key : never }[keyof Click];

const NAMED: [label: string, key: Extract<TextKey, string>][] = [
  ['Source click id', 'source_click_id'],
  ['Sub 1', 'sub1'],
  ['Sub 2', 'sub2'],
  ['Sub 3', 'sub3'],
  ['Sub 4', 'sub4'],
  ['Sub 5', 'sub5'],
  ['Sub 6', 'sub6'],
  ['Sub 7', 'sub7'],
  ['Sub 8', 'sub8'],
  ['Sub 9', 'sub9'],
  ['Sub 10', 'sub10'],
  ['UTM source', 'utm_source'],
  ['UTM medium', 'utm_medium'],
  ['UTM campaign', 'utm_campaign'],
  ['UTM content', 'utm_content'],
  ['UTM term', 'utm_term'],
];

export function parameterEntries(click: Click): [label: string, value: string][] {
  const named = NAMED.map(([label, key]): [string, string] => [label, click[key]]);
  const others = Object.entries<unknown>(click.query ?? {}).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return [...named, ...others].filter(([, value]) => value !== '');
}
