import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type RulesRequest = { limit: number; offset: number; status?: 'active' | 'paused' };

function readRules(query: RulesRequest, signal: AbortSignal) {
  return answer(api.GET('/api/alert-rules', { params: { query }, signal }));
}

export type AlertRule = Awaited<ReturnType<typeof readRules>>['items'][number];
export type AlertCondition = AlertRule['condition'];
export type RuleAction = AlertRule['actions'][number];

/** A rule as it is written. */
export type RuleInput = Omit<Schemas['AlertRuleInput'], 'actions' | 'condition'> & {
  condition: AlertCondition;
  actions: RuleAction[];
};

export function rulesOptions(query: RulesRequest) {
  return queryOptions({
    queryKey: ['alert-rules', 'list', query],
    queryFn: ({ signal }) => readRules(query, signal),
    refetchInterval: 30_000,
  });
}

export function useRules(query: RulesRequest) {
  return useQuery({ ...rulesOptions(query), placeholderData: keepPreviousData });
}
