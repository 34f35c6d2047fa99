/** A campaign in words, one entry a fact: what diffs of conflicts and of the history compare. */
import { words } from '@/components/ui/display/status-badge';
import { ruleWords, type ValueWords } from '@/lib/routing/rule';
import type { CampaignValues, StreamValues, TargetValues } from './campaign-values';
import { strategyWords } from './flow';

export type Names = {
  destination: (id: string) => string;
  source: (id: string) => string;
  domain: (id: string) => string;
  value: ValueWords;
};

type Facts = Record<string, string>;

function hours(count: number): string {
  return count === 1 ? '1 hour' : `${count} hours`;
}

function targetsWords(targets: TargetValues[], names: Names): string {
  return targets
    .map(({ destination_id, weight }) => `${names.destination(destination_id)} (${weight})`)
    .join(', ');
}

export function describeStream(stream: StreamValues, names: Names): Facts {
  const { best_roi: roi, unique_policy: unique } = stream;
  return {
    name: stream.name,
    status: words(stream.status),
    kind: words(stream.kind),
    rules: ruleWords(stream.rules, names.value),
    strategy: strategyWords(stream.strategy),
    destinations: targetsWords(stream.targets, names),
    'landing pages': targetsWords(stream.landings, names),
    'sticky by': stream.sticky ?? '',
    ...(stream.strategy === 'best_roi' && {
      'best ROI': `last ${hours(roi.window_hours)}, from ${roi.min_clicks} clicks, ${roi.exploration_percent}% explore, else ${strategyWords(roi.fallback_strategy).toLowerCase()}`,
    }),
    'unique policy': unique
      ? `by ${unique.user_key} within ${hours(unique.history_window_hours)}, then ${words(unique.exhausted_mode).toLowerCase()}`
      : '',
  };
}

/** What says nothing is no fact, so that nothing and nothing are the same. */
function known(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, text]) => text !== ''));
}

/** What streams are called, so that one under another name is seen to be the same. */
export function titlesOf(streams: Pick<StreamValues, 'id' | 'name'>[]): ReadonlyMap<string, string> {
  return new Map(streams.map(({ id, name }) => [id, name]));
}

export function describeCampaign(
  values: CampaignValues,
  names: Names,
  titles: ReadonlyMap<string, string>,
): Facts {
  const facts: Facts = known({
    Name: values.name,
    Slug: values.slug,
    Status: words(values.status),
    Currency: values.currency,
    Source: values.source_id ? names.source(values.source_id) : '',
    Trafficback: values.trafficback_destination_id
      ? names.destination(values.trafficback_destination_id)
      : '',
    Fallback: values.fallback_destination_id ? names.destination(values.fallback_destination_id) : '',
    'Only these countries': values.geo.allow.join(', '),
    'Never these countries': values.geo.block.join(', '),
    Bots: words(values.bot_policy),
    'Unique within': hours(values.unique_window_hours),
    'Duplicate within': `${values.duplicate_window_seconds} seconds`,
    'Attribution window':
      values.attribution_window_hours === 0 ? 'any age' : hours(values.attribution_window_hours),
    Domains: values.domain_ids.map(names.domain).join(', '),
    'Invalid links': words(values.link_policy.invalid),
    'Expired links': words(values.link_policy.expired),
    'Links used before': words(values.link_policy.replayed),
    'Order of streams': values.streams.map(({ name }) => name).join(', '),
  });
  const seen = new Map<string, number>();
  for (const stream of values.streams) {
    const own = titles.get(stream.id) ?? stream.name;
    const times = (seen.get(own) ?? 0) + 1;
    seen.set(own, times);
    const title = times === 1 ? own : `${own} (${times})`;
    for (const [fact, text] of Object.entries(known(describeStream(stream, names))))
      facts[`“${title}”: ${fact}`] = text;
  }
  return facts;
}
