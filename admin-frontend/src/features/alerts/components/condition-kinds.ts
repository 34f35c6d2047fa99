/**
 * The conditions and actions that rules know, in words: one entry each, checked against the API's description, so that a
 * new kind does not compile until it is named here.
 */
import type { AlertCondition, RuleAction } from '../api/list-rules';

export type ConditionKind = AlertCondition['kind'];
export type ActionKind = RuleAction['kind'];

export const CONDITIONS: Record<
  ConditionKind,
  { label: string; help: string; about: 'destination' | 'campaign' | 'node' }
> = {
  roi_below: { label: 'ROI is below', help: 'Once enough was spent in the window.', about: 'campaign' },
  cost_above: { label: 'Cost is above', help: 'What clicks cost in the window.', about: 'campaign' },
  conversion_rate_drop: {
    label: 'Conversion rate drops',
    help: 'Against the time before, where it is no chance.',
    about: 'campaign',
  },
  cap_nearly_reached: {
    label: 'A cap is nearly reached',
    help: 'Of an active destination.',
    about: 'destination',
  },
  destination_unhealthy: {
    label: 'A destination is unhealthy',
    help: 'By what its probes say.',
    about: 'destination',
  },
  node_silent: { label: 'A node is silent', help: 'It is not heard of.', about: 'node' },
  outbox_growing: {
    label: 'An outbox grows',
    help: 'Events of a node wait to be recorded. At least one of the three.',
    about: 'node',
  },
};

export const ACTIONS: Record<ActionKind, { label: string; help: string }> = {
  webhook: { label: 'Tell webhooks', help: 'Every active webhook that asks for alerts.' },
  mail: { label: 'Send a mail', help: 'To people who are active in the workspace.' },
  pause_destination: { label: 'Pause a destination', help: 'Can be undone from the alert.' },
  pause_campaign: { label: 'Pause a campaign', help: 'Can be undone from the alert.' },
  set_weight: { label: 'Change a weight', help: 'Of a target in a stream. Can be undone from the alert.' },
};

function choices<Kind extends string>(kinds: Record<Kind, { label: string }>) {
  return Object.entries<{ label: string }>(kinds).map(([value, { label }]) => ({ value, label }));
}

export const CONDITION_CHOICES = choices(CONDITIONS);
export const ACTION_CHOICES = choices(ACTIONS);
