/**
 * The way of a click through a campaign, as picture and list show it: computed from the form's values, what is known of
 * the destinations, the last day's clicks, and a simulation if there is one. Nothing here is kept.
 */
import { words } from '@/components/ui/display/status-badge';
import { fieldWords, flagWords, ruleAt, ruleWords, type ValueWords } from '@/lib/routing/rule';
import { shares } from '@/lib/routing/shares';
import type { Destination, Destinations } from '../api/list-destinations';
import type { Simulated } from '../api/simulate';
import type { TargetClicks } from '../api/target-report';
import type { CampaignValues, StreamValues, TargetValues } from './campaign-values';

export type FlowTarget = {
  id: string;
  name: string;
  isLanding: boolean;
  /** Percent of the stream's clicks that it is set to take; undefined where that is not fixed. */
  share: number | undefined;
  /** "70%", "1st", "in turn", "off". */
  part: string;
  /** Percent of the stream's clicks of the last 24 hours. */
  live: number | undefined;
  isOff: boolean;
  health: Destination['health']['current'];
  isChecked: boolean;
  status: Destination['status'] | 'unknown';
  /** What may keep clicks away: "2 caps, schedule". */
  limits: string;
  outcome: { isChosen: boolean; skipped?: string } | undefined;
};

export type StreamOutcome = {
  kind: 'taken' | 'failed' | 'not-asked' | 'unserved';
  words: string;
};

export type FlowStream = {
  id: string;
  order: number;
  name: string;
  status: StreamValues['status'];
  kind: StreamValues['kind'];
  when: string;
  how: string;
  landings: FlowTarget[];
  targets: FlowTarget[];
  outcome: StreamOutcome | undefined;
};

export type FlowEnd = { steps: string[]; isTaken: boolean; reason: string | undefined };
export type Flow = {
  source: string | undefined;
  entry: string[];
  streams: FlowStream[];
  end: FlowEnd;
};

export const STRATEGIES: Record<StreamValues['strategy'], string> = {
  weighted: 'By weight',
  waterfall: 'Waterfall',
  round_robin: 'In turn',
  best_roi: 'Best ROI',
};

export function strategyWords(strategy: string): string {
  return Object.entries(STRATEGIES).find(([name]) => name === strategy)?.[1] ?? words(strategy);
}

export type Context = {
  destinations: Destinations;
  clicks: TargetClicks | undefined;
  simulated: Simulated | undefined;
  sourceName: string | undefined;
  /** Where the workspace sends what the campaign's own trafficback does not take. */
  workspaceTrafficback: string | undefined;
  valueWords: ValueWords;
};

export function flowOf(values: CampaignValues, context: Context): Flow {
  const { destinations, simulated } = context;
  const takenAt = simulated?.steps.findIndex(({ stream_id }) => stream_id === simulated.stream_id) ?? -1;
  return {
    source: context.sourceName,
    entry: entryWords(values),
    streams: values.streams.map((stream, at) => streamOf(stream, at, context, takenAt)),
    end: {
      steps: endSteps(values, destinations, context.workspaceTrafficback),
      isTaken: simulated !== undefined && simulated.decision !== 'routed',
      reason: simulated?.reason ? words(simulated.reason) : undefined,
    },
  };
}

export function destinationName(id: string, destinations: Destinations): string {
  if (!id) return 'No destination chosen';
  return destinations.get(id)?.name ?? (destinations.size === 0 ? '…' : 'Unknown destination');
}

function entryWords({ geo, bot_policy }: CampaignValues): string[] {
  const list = (codes: string[]) =>
    codes.length > 5 ? `${codes.slice(0, 5).join(', ')} and ${codes.length - 5} more` : codes.join(', ');
  return [
    geo.allow.length > 0 ? `Only ${list(geo.allow)}` : '',
    geo.block.length > 0 ? `Not ${list(geo.block)}` : '',
    bot_policy === 'block'
      ? 'Bots are blocked'
      : bot_policy === 'trafficback'
        ? 'Bots go to trafficback'
        : '',
  ].filter(Boolean);
}

function endSteps(
  values: CampaignValues,
  destinations: Destinations,
  workspace: string | undefined,
): string[] {
  const { trafficback_destination_id: own, fallback_destination_id: fallback } = values;
  return [
    own ? `Trafficback: ${destinationName(own, destinations)}` : '',
    workspace ? `Workspace: ${destinationName(workspace, destinations)}` : '',
    fallback ? `Fallback: ${destinationName(fallback, destinations)}` : '',
    '404',
  ].filter(Boolean);
}

function streamOf(stream: StreamValues, at: number, context: Context, takenAt: number): FlowStream {
  const { simulated } = context;
  const step = simulated?.steps.find(({ stream_id }) => stream_id === stream.id);
  const isTaken = simulated !== undefined && simulated.stream_id === stream.id;
  const clicks = context.clicks?.get(stream.id);
  const total = clicks ? [...clicks.values()].reduce((sum, each) => sum + each, 0) : 0;

  function targetOf(
    target: TargetValues,
    index: number,
    all: TargetValues[],
    isLanding: boolean,
  ): FlowTarget {
    const { destination_id: id, weight } = target;
    const destination = context.destinations.get(id);
    const strategy = isLanding ? 'weighted' : stream.strategy;
    const share = strategy === 'weighted' ? shares(all.map((each) => each.weight))[index] : undefined;
    const tried = (isLanding ? step?.landings : step?.targets)?.find((each) => each.destination_id === id);
    const isChosen = isTaken && simulated.destination_id === id && simulated.decision === 'routed';
    return {
      id,
      name: destinationName(id, context.destinations),
      isLanding,
      share: weight === 0 ? 0 : share,
      part: partWords(strategy, weight, share, all.slice(0, index).filter((each) => each.weight > 0).length),
      live:
        clicks && total > 0 && !isLanding
          ? Math.round(((clicks.get(id) ?? 0) / total) * 1000) / 10
          : undefined,
      isOff: weight === 0,
      health: destination?.health.current ?? 'unknown',
      isChecked: destination?.health_check.enabled ?? false,
      status: destination?.status ?? 'unknown',
      limits: destination ? limitWords(destination) : '',
      outcome:
        isTaken && (isChosen || tried?.skipped)
          ? { isChosen, skipped: tried?.skipped ? words(tried.skipped) : undefined }
          : undefined,
    };
  }

  return {
    id: stream.id,
    order: at + 1,
    name: stream.name,
    status: stream.status,
    kind: stream.kind,
    when: ruleWords(stream.rules, context.valueWords),
    how: strategyWords(stream.strategy) + (stream.sticky && stream.strategy === 'weighted' ? ', sticky' : ''),
    landings: stream.landings.map((each, index, all) => targetOf(each, index, all, true)),
    targets: stream.targets.map((each, index, all) => targetOf(each, index, all, false)),
    outcome: simulated && outcomeOf(stream, simulated, takenAt, context.valueWords),
  };
}

function outcomeOf(
  stream: StreamValues,
  simulated: Simulated,
  takenAt: number,
  valueWords: ValueWords,
): StreamOutcome {
  const at = simulated.steps.findIndex(({ stream_id }) => stream_id === stream.id);
  const step = simulated.steps[at];
  if (!step) {
    const isPaused = stream.status !== 'active';
    return { kind: 'not-asked', words: isPaused ? 'Not asked: paused' : 'Not asked: not saved yet' };
  }
  if (at === takenAt) {
    return simulated.decision === 'routed'
      ? { kind: 'taken', words: 'Takes the click' }
      : {
          kind: 'unserved',
          words: `Matches, but cannot serve it${simulated.reason ? `: ${words(simulated.reason).toLowerCase()}` : ''}`,
        };
  }
  if (takenAt >= 0 && at > takenAt) return { kind: 'not-asked', words: 'Not asked: an earlier one took it' };
  const failed = step.failed_at ? ruleAt(stream.rules, step.failed_at) : undefined;
  const had = step.failed_because.map(({ field, value }) => hadWords(field, value, valueWords)).join(', ');
  const wanted = failed ? ruleWords(failed, valueWords) : step.failed_at;
  return { kind: 'failed', words: `Wants: ${wanted ?? 'something else'}${had ? `. Here ${had}` : ''}` };
}

/** What the click had instead. */
function hadWords(field: string, value: string, valueWords: ValueWords): string {
  if (field.startsWith('is_')) return `it ${flagWords(field, value === 'true')}`;
  const name = fieldWords(field);
  // Short ones are names of things: "OS", "ASN".
  const inside = name === name.toUpperCase() ? name : name.charAt(0).toLowerCase() + name.slice(1);
  return `${inside} is ${value === '' ? 'not known' : valueWords(field, value)}`;
}

const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });
const ENDINGS: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' };

function ordinal(number: number): string {
  return `${number}${ENDINGS[ordinals.select(number)] ?? 'th'}`;
}

function partWords(
  strategy: StreamValues['strategy'],
  weight: number,
  share: number | undefined,
  before: number,
): string {
  if (weight === 0) return 'off';
  switch (strategy) {
    case 'weighted':
      return `${share ?? 0}%`;
    case 'waterfall':
      return ordinal(before + 1);
    case 'round_robin':
      return 'in turn';
    case 'best_roi':
      return 'by ROI';
  }
}

function limitWords({ caps, schedule, geo, device_types }: Destination): string {
  return [
    caps.length > 0 ? (caps.length === 1 ? '1 cap' : `${caps.length} caps`) : '',
    schedule ? 'schedule' : '',
    (geo.allow?.length ?? 0) + (geo.block?.length ?? 0) > 0 ? 'countries' : '',
    device_types.length > 0 ? 'devices' : '',
  ]
    .filter(Boolean)
    .join(', ');
}
