/** A rule as its form holds it: the fields of all kinds side by side, of which those of the chosen kind are sent. */
import * as z from 'zod/mini';
import type { AlertCondition, AlertRule, RuleAction, RuleInput } from '../api/list-rules';
import type { ActionKind, ConditionKind } from './condition-kinds';

const text = z.nullable(z.string());
const number = z.nullable(z.number());

const condition = z.object({
  kind: z.enum([
    'roi_below',
    'cost_above',
    'conversion_rate_drop',
    'cap_nearly_reached',
    'destination_unhealthy',
    'node_silent',
    'outbox_growing',
  ] satisfies ConditionKind[]),
  campaign_id: text,
  destination_id: text,
  node_id: text,
  each_campaign: z.boolean(),
  percent: number,
  minutes: number,
  window_minutes: number,
  baseline_minutes: number,
  min_clicks: number,
  drop_percent: number,
  events_above: number,
  oldest_above_seconds: number,
  growing_minutes: number,
  amount: text,
  roi_percent: text,
  min_cost: text,
  window_hours: number,
  calendar_timezone: text,
});

const action = z.object({
  kind: z.enum([
    'webhook',
    'mail',
    'pause_destination',
    'pause_campaign',
    'set_weight',
  ] satisfies ActionKind[]),
  to: z.array(z.string()),
  destination_id: text,
  campaign_id: text,
  stream_id: text,
  weight: number,
  percent: number,
});

export const ruleSchema = z.object({
  name: z.string().check(z.trim(), z.minLength(1, 'Give it a name')),
  status: z.enum(['active', 'paused']),
  dry_run: z.boolean(),
  condition,
  actions: z.array(action),
  for_minutes: z.nullable(z.number()),
  cooldown_minutes: z.nullable(z.number()),
});

export type RuleValues = z.infer<typeof ruleSchema>;
export type ConditionValues = RuleValues['condition'];
export type ActionValues = RuleValues['actions'][number];

const NO_CONDITION: Omit<ConditionValues, 'kind'> = {
  campaign_id: null,
  destination_id: null,
  node_id: null,
  each_campaign: false,
  percent: null,
  minutes: null,
  window_minutes: null,
  baseline_minutes: null,
  min_clicks: null,
  drop_percent: null,
  events_above: null,
  oldest_above_seconds: null,
  growing_minutes: null,
  amount: null,
  roi_percent: null,
  min_cost: null,
  window_hours: null,
  calendar_timezone: null,
};

/** What a new condition of the kind begins with: sensible, so that it can be saved and tested at once. */
export function newCondition(kind: ConditionKind): ConditionValues {
  const starts: Record<ConditionKind, Partial<ConditionValues>> = {
    roi_below: { roi_percent: '-30', min_cost: '20', window_hours: 24, each_campaign: true },
    cost_above: { amount: '100', window_hours: 24 },
    conversion_rate_drop: {
      window_minutes: 120,
      baseline_minutes: 1440,
      min_clicks: 100,
      drop_percent: 50,
      each_campaign: true,
    },
    cap_nearly_reached: { percent: 90 },
    destination_unhealthy: { minutes: 5 },
    node_silent: { minutes: 5 },
    outbox_growing: { events_above: 10_000 },
  };
  return { ...NO_CONDITION, kind, ...starts[kind] };
}

export function newAction(kind: ActionKind): ActionValues {
  const none = {
    to: [],
    destination_id: null,
    campaign_id: null,
    stream_id: null,
    weight: null,
    percent: null,
  };
  return { ...none, kind, percent: kind === 'set_weight' ? 50 : null };
}

/** The API refuses what is missing, at its field; 0 stands for an empty one where a number must be. */
function conditionInput(values: ConditionValues): AlertCondition {
  const { kind, campaign_id, each_campaign, destination_id, node_id, window_hours, calendar_timezone } =
    values;
  const ofCampaign = { campaign_id: each_campaign ? null : campaign_id, each_campaign };
  switch (kind) {
    case 'roi_below':
      return {
        kind,
        ...ofCampaign,
        roi_percent: values.roi_percent,
        min_cost: values.min_cost,
        window_hours,
        calendar_timezone,
      };
    case 'cost_above':
      return { kind, ...ofCampaign, amount: values.amount, window_hours, calendar_timezone };
    case 'conversion_rate_drop':
      return {
        kind,
        ...ofCampaign,
        window_minutes: values.window_minutes ?? 0,
        baseline_minutes: values.baseline_minutes ?? 0,
        min_clicks: values.min_clicks ?? 0,
        drop_percent: values.drop_percent ?? 0,
      };
    case 'cap_nearly_reached':
      return { kind, destination_id, percent: values.percent ?? 0 };
    case 'destination_unhealthy':
      return { kind, destination_id, minutes: values.minutes ?? 0 };
    case 'node_silent':
      return { kind, node_id, minutes: values.minutes ?? 0 };
    case 'outbox_growing':
      return {
        kind,
        node_id,
        events_above: values.events_above,
        oldest_above_seconds: values.oldest_above_seconds,
        growing_minutes: values.growing_minutes,
      };
  }
}

function actionInput({
  kind,
  to,
  destination_id,
  campaign_id,
  stream_id,
  weight,
  percent,
}: ActionValues): RuleAction {
  switch (kind) {
    case 'webhook':
      return { kind };
    case 'mail':
      return { kind, to };
    case 'pause_destination':
      return { kind, destination_id };
    case 'pause_campaign':
      return { kind, campaign_id };
    case 'set_weight':
      return { kind, stream_id: stream_id ?? '', destination_id, weight, percent };
  }
}

export function ruleInput(values: RuleValues): RuleInput {
  const { name, status, dry_run, for_minutes, cooldown_minutes } = values;
  return {
    name,
    status,
    dry_run,
    condition: conditionInput(values.condition),
    actions: values.actions.map(actionInput),
    for_minutes: for_minutes ?? undefined,
    cooldown_minutes: cooldown_minutes ?? undefined,
  };
}

/** What the API left out is empty here. */
function held<Values extends object>(none: Values, known: object): Values {
  const given = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  return { ...none, ...given };
}

export function ruleValues(rule: AlertRule | undefined): RuleValues {
  if (!rule) {
    return {
      name: '',
      status: 'active',
      dry_run: true,
      condition: newCondition('roi_below'),
      actions: [newAction('webhook')],
      for_minutes: 5,
      cooldown_minutes: 60,
    };
  }
  const { name, status, dry_run, for_minutes, cooldown_minutes } = rule;
  return {
    name,
    status,
    dry_run,
    condition: held({ ...NO_CONDITION, kind: rule.condition.kind }, rule.condition),
    actions: rule.actions.map((each) => held({ ...newAction(each.kind), percent: null }, each)),
    for_minutes,
    cooldown_minutes,
  };
}

export const RULE_LABELS: Record<string, string> = {
  name: 'Name',
  status: 'Status',
  dry_run: 'Dry run',
  for_minutes: 'Must hold for',
  cooldown_minutes: 'Quiet afterwards',
  condition: 'Condition',
  'condition.kind': 'Condition',
  'condition.campaign_id': 'Campaign',
  'condition.destination_id': 'Destination',
  'condition.node_id': 'Node',
  'condition.each_campaign': 'Each campaign by itself',
  'condition.percent': 'Percent of the cap',
  'condition.minutes': 'For longer than',
  'condition.window_minutes': 'Window',
  'condition.baseline_minutes': 'Compared with',
  'condition.min_clicks': 'Clicks at least',
  'condition.drop_percent': 'Drop in percent',
  'condition.events_above': 'Events above',
  'condition.oldest_above_seconds': 'Oldest waits longer than',
  'condition.growing_minutes': 'Growing for',
  'condition.amount': 'Amount',
  'condition.roi_percent': 'ROI below',
  'condition.min_cost': 'Cost at least',
  'condition.window_hours': 'Of the last',
  'condition.calendar_timezone': 'Calendar day of',
  'actions.*': 'Action',
  'actions.*.kind': 'Action',
  'actions.*.to': 'Addresses',
  'actions.*.destination_id': 'Destination of the action',
  'actions.*.campaign_id': 'Campaign of the action',
  'actions.*.stream_id': 'Stream of the action',
  'actions.*.weight': 'New weight',
  'actions.*.percent': 'New weight in percent',
};
