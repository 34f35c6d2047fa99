import { expect, test } from 'vitest';
import type { AlertRule } from '../api/list-rules';
import { newAction, newCondition, ruleInput, ruleValues } from './rule-values';

const rule: AlertRule = {
  id: 'r1',
  workspace_id: 'w1',
  name: 'Losses',
  status: 'active',
  dry_run: false,
  condition: { kind: 'cost_above', amount: '100.5', window_hours: null, calendar_timezone: 'Europe/Berlin' },
  actions: [{ kind: 'set_weight', stream_id: 's1', destination_id: null, weight: 0, percent: null }],
  for_minutes: 0,
  cooldown_minutes: 60,
  revision: 4,
  created_at: '2026-11-01T00:00:00Z',
  updated_at: '2026-11-01T00:00:00Z',
};

test('what was read is written again as it was', () => {
  const { name, status, dry_run, actions, for_minutes, cooldown_minutes } = rule;
  expect(ruleInput(ruleValues(rule))).toEqual({
    name,
    status,
    dry_run,
    actions,
    for_minutes,
    cooldown_minutes,
    condition: { ...rule.condition, campaign_id: null, each_campaign: false },
  });
});

test('only the fields of the kind are sent, and each campaign is no single one', () => {
  const values = {
    ...ruleValues(undefined),
    condition: { ...newCondition('node_silent'), campaign_id: 'c1' },
  };
  expect(ruleInput(values).condition).toEqual({ kind: 'node_silent', node_id: null, minutes: 5 });
  const each = {
    ...values,
    condition: { ...newCondition('roi_below'), campaign_id: 'c1', each_campaign: true },
  };
  expect(ruleInput(each).condition).toMatchObject({ campaign_id: null, each_campaign: true });
});

test('a new rule is a dry run, and a new weight is a share', () => {
  expect(ruleValues(undefined).dry_run).toBe(true);
  expect(newAction('set_weight')).toMatchObject({ percent: 50, weight: null });
});
