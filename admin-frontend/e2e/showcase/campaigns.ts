/** What the workspace of the showcase is made of: names that a media buyer could have given. */

export interface Offer {
  name: string;
  kind?: string;
  url: string;
  /** Probed by the nodes, and answering so. */
  answers?: 'well' | 'badly';
  more?: object;
}

const evenings = {
  timezone: 'Europe/Berlin',
  windows: [
    { weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'], start: '07:00', end: '23:30' },
    { weekdays: ['sat', 'sun'], start: '09:00', end: '02:00' },
  ],
};

export const offers: Offer[] = [
  {
    name: 'Shieldly VPN for iPhone',
    url: 'https://shieldly.example/ios?cid={click_id}&geo={country}',
    answers: 'well',
    more: {
      caps: [{ metric: 'clicks', limit: '2500', calendar_timezone: 'America/New_York' }],
      device_types: ['mobile', 'tablet'],
    },
  },
  {
    name: 'Shieldly VPN annual plan',
    url: 'https://shieldly.example/annual?cid={click_id}&sub={sub1}',
    answers: 'well',
  },
  {
    name: 'Veilnet 7-day trial',
    url: 'https://veilnet.example/trial?subid={click_id}&zone={sub2}',
    answers: 'well',
    more: { caps: [{ metric: 'conversions', limit: '40', window_hours: 24 }] },
  },
  {
    name: 'Veilnet monthly',
    url: 'https://veilnet.example/monthly?subid={click_id}',
    answers: 'badly',
  },
  {
    name: 'Safelane family plan',
    url: 'https://safelane.example/family?click={click_id}',
    answers: 'well',
    more: { schedule: evenings },
  },
  { name: 'Solar quote form US', url: 'https://solar-quotes.example/us?lead={click_id}', answers: 'well' },
  { name: 'Solar quote form DE', url: 'https://solar-quotes.example/de?lead={click_id}', answers: 'well' },
  { name: 'Puzzle Quest, App Store', url: 'https://puzzlequest.example/ios?ref={click_id}&os={os}' },
  { name: 'Puzzle Quest, Google Play', url: 'https://puzzlequest.example/android?ref={click_id}&os={os}' },
  {
    name: 'Sleepwell free month',
    url: 'https://sleepwell.example/start?aff_sub={click_id}',
    answers: 'well',
  },
  { name: 'Remnant smartlink', kind: 'trafficback', url: 'https://remnant.example/in?from={campaign_slug}' },
  { name: 'Comparison of VPNs', kind: 'fallback', url: 'https://vpn-guide.example/?utm_source={source_id}' },
];

function is(field: string, operator: string, ...values: string[]) {
  return { condition: { field, operator, values } };
}

const everything = { all: [] };

/** With the names of offers, whose ids are put in their place. */
export interface StreamPlan {
  name: string;
  kind?: string;
  rules: object;
  targets: Record<string, number>;
  more?: object;
}

export interface CampaignPlan {
  name: string;
  slug: string;
  source: string;
  streams: StreamPlan[];
  /** Clicks a day two weeks ago, and how that grew or shrank a day. */
  perDay: number;
  growth: number;
  cpc: number;
  /** Of clicks, and in dollars. */
  conversionRate: number;
  payout: [number, number];
  /** What the network calls its conversions. */
  event: string;
  countries: string[];
}

export const sources: { slug: string; name: string; preset?: string }[] = [
  { slug: 'propellerads', name: 'PropellerAds', preset: 'propellerads' },
  { slug: 'taboola', name: 'Taboola', preset: 'taboola' },
  { slug: 'search', name: 'Search ads' },
];

/** The one whose flow is shown. */
export const vpn: CampaignPlan = {
  name: 'VPN Black Friday',
  slug: 'vpn-black-friday',
  source: 'propellerads',
  streams: [
    {
      name: 'Retargeting',
      kind: 'forced',
      rules: { all: [is('is_unique', 'eq', 'false'), is('utm_campaign', 'starts_with', 'retarget')] },
      targets: { 'Safelane family plan': 1, 'Shieldly VPN annual plan': 1 },
      more: { strategy: 'waterfall' },
    },
    {
      name: 'iPhone, tier 1',
      rules: {
        all: [
          is('country', 'in', 'US', 'CA', 'GB', 'AU'),
          is('os', 'eq', 'iOS'),
          { not: is('is_proxy', 'eq', 'true') },
        ],
      },
      targets: {
        'Shieldly VPN for iPhone': 60,
        'Veilnet 7-day trial': 25,
        'Shieldly VPN annual plan': 15,
      },
      more: {
        unique_policy: { user_key: 'visitor', history_window_hours: 72, exhausted_mode: 'allow_repeat' },
      },
    },
    {
      name: 'DACH and Nordics',
      rules: {
        all: [
          is('country', 'in', 'DE', 'AT', 'CH', 'SE', 'NO', 'DK'),
          { any: [is('device_type', 'eq', 'mobile'), is('browser', 'eq', 'Firefox')] },
        ],
      },
      targets: { 'Shieldly VPN annual plan': 1, 'Veilnet monthly': 1, 'Veilnet 7-day trial': 1 },
      more: {
        strategy: 'best_roi',
        best_roi: {
          window_hours: 48,
          min_clicks: 200,
          fallback_strategy: 'weighted',
          exploration_percent: 15,
        },
      },
    },
    {
      name: 'Everyone else',
      kind: 'default',
      rules: everything,
      targets: { 'Veilnet 7-day trial': 1, 'Shieldly VPN annual plan': 1 },
      more: { strategy: 'round_robin' },
    },
  ],
  perDay: 120,
  growth: 1.06,
  cpc: 0.34,
  conversionRate: 0.028,
  payout: [18, 26],
  event: 'purchase',
  countries: ['US', 'US', 'US', 'GB', 'DE', 'DE', 'CA', 'AU', 'SE', 'AT', 'FR'],
};

export const campaigns: CampaignPlan[] = [
  vpn,
  {
    name: 'Solar quotes US',
    slug: 'solar-quotes-us',
    source: 'taboola',
    streams: [{ name: 'Homeowners', rules: everything, targets: { 'Solar quote form US': 1 } }],
    perDay: 90,
    growth: 1.03,
    cpc: 0.92,
    conversionRate: 0.031,
    payout: [34, 48],
    event: 'lead_form',
    countries: ['US'],
  },
  {
    name: 'Solar quotes DE',
    slug: 'solar-quotes-de',
    source: 'taboola',
    streams: [{ name: 'Homeowners', rules: everything, targets: { 'Solar quote form DE': 1 } }],
    perDay: 54,
    growth: 0.95,
    cpc: 0.74,
    conversionRate: 0.019,
    payout: [28, 36],
    event: 'lead_form',
    countries: ['DE', 'DE', 'DE', 'AT'],
  },
  {
    name: 'Puzzle Quest installs',
    slug: 'puzzle-quest',
    source: 'propellerads',
    streams: [
      {
        name: 'iPhone',
        rules: { all: [is('os', 'eq', 'iOS')] },
        targets: { 'Puzzle Quest, App Store': 1 },
      },
      { name: 'Android', rules: everything, targets: { 'Puzzle Quest, Google Play': 1 } },
    ],
    perDay: 192,
    growth: 1,
    cpc: 0.06,
    conversionRate: 0.055,
    payout: [1, 1.9],
    event: 'install',
    countries: ['BR', 'BR', 'IN', 'IN', 'MX', 'PL', 'ES'],
  },
  {
    name: 'Sleepwell free month',
    slug: 'sleepwell-trial',
    source: 'search',
    streams: [{ name: 'All', rules: everything, targets: { 'Sleepwell free month': 1 } }],
    perDay: 66,
    growth: 1.05,
    cpc: 0.48,
    conversionRate: 0.042,
    payout: [12, 17],
    event: 'trial',
    countries: ['GB', 'GB', 'US', 'FR', 'IT', 'ES', 'PL'],
  },
];
