/** What a simulated click is made of: the fields that rules look at, but for those that follow from the time. */
import type { RoutingSchema } from '@/lib/routing/schema';
import type { SimulatedClick } from '../api/simulate';

export type SimulatedField = Pick<RoutingSchema['fields'][number], 'name' | 'kind' | 'description'>;
export type ClickFields = Record<string, string>;

const FROM_THE_TIME: ReadonlySet<string> = new Set(['hour', 'weekday']);
const PARAMETERS = 'query.<param>';

export const FIRST_FIELDS = [
  'country',
  'device_type',
  'os',
  'browser',
  'source',
  'sub1',
  'is_unique',
  'is_bot',
];

export function simulatedFields(schema: RoutingSchema | undefined): SimulatedField[] {
  const fields = schema?.fields.filter(({ name }) => !FROM_THE_TIME.has(name) && name !== PARAMETERS) ?? [];
  const rank = (name: string) => (FIRST_FIELDS.indexOf(name) + 1 || FIRST_FIELDS.length + 1) - 1;
  return [...fields].sort((a, b) => rank(a.name) - rank(b.name));
}

export const PRESETS: { label: string; fields: ClickFields }[] = [
  {
    label: 'iPhone in Germany',
    fields: {
      country: 'DE',
      device_type: 'mobile',
      os: 'iOS',
      os_version: '18.1',
      browser: 'Mobile Safari',
      language: 'de-DE',
      is_unique: 'true',
    },
  },
  {
    label: 'Android in India',
    fields: {
      country: 'IN',
      device_type: 'mobile',
      os: 'Android',
      os_version: '14',
      browser: 'Chrome Mobile',
      language: 'en-IN',
      is_unique: 'true',
    },
  },
  {
    label: 'Windows in the US',
    fields: {
      country: 'US',
      device_type: 'desktop',
      os: 'Windows',
      os_version: '10',
      browser: 'Chrome',
      language: 'en-US',
      is_unique: 'true',
    },
  },
  {
    label: 'Visitor who was here',
    fields: { country: 'US', device_type: 'desktop', os: 'Windows', browser: 'Chrome', is_unique: 'false' },
  },
  { label: 'Bot', fields: { country: 'US', device_type: 'bot', is_bot: 'true', is_unique: 'true' } },
  { label: 'Nothing known', fields: {} },
];

/** A click of which nothing is known. */
const UNKNOWN: SimulatedClick = {
  country: '',
  region: '',
  city: '',
  isp: '',
  device_type: '',
  os: '',
  os_version: '',
  browser: '',
  browser_version: '',
  language: '',
  user_agent: '',
  referrer: '',
  ip: '',
  source: '',
  source_click_id: '',
  currency: '',
  sub1: '',
  sub2: '',
  sub3: '',
  sub4: '',
  sub5: '',
  sub6: '',
  sub7: '',
  sub8: '',
  sub9: '',
  sub10: '',
  utm_source: '',
  utm_medium: '',
  utm_campaign: '',
  utm_content: '',
  utm_term: '',
  asn: 0,
  cost: '0',
  is_bot: false,
  is_unique: false,
  is_proxy: false,
  query: {},
  created_at_ms: null,
};

export function clickOf(fields: ClickFields, parameters: { key: string; value: string }[]): SimulatedClick {
  const { asn = '', is_bot, is_unique, is_proxy, ...texts } = fields;
  const number = Number.parseInt(asn.replace(/^as/i, ''), 10);
  const named = parameters
    .map(({ key, value }) => [key.trim(), value] as const)
    .filter(([key]) => key !== '');
  return {
    ...UNKNOWN,
    ...texts,
    asn: Number.isNaN(number) ? 0 : number,
    is_bot: is_bot === 'true',
    is_unique: is_unique === 'true',
    is_proxy: is_proxy === 'true',
    query: Object.fromEntries(named),
  };
}
