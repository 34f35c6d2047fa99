/** The page's state from its URL, what is asked for it, and how it is changed. */
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { usePeriod } from '@/components/ui/period/use-period';
import { useMasksMoney } from '@/lib/session/me';
import type { Dimension, Metric, ReportSchema } from '../api/report-schema';
import { drillInto, groupedBy } from '../model/drill';
import { reportRequest } from '../model/request';
import type { ReportSearch } from '../model/search';
import { DEFAULT_STATE, readState, writeState, type ReportState } from '../model/state';

export type Change = (part: Partial<ReportState>, options?: { isStep?: boolean }) => void;

export function useReportState(search: ReportSearch, schema: ReportSchema) {
  const navigate = useNavigate();
  const { state, dropped } = useMemo(() => readState(search, schema), [search, schema]);
  const { zone, range, days } = usePeriod(state.period);
  const isMasked = useMasksMoney();

  const set = useCallback(
    (next: ReportState, isStep = false) =>
      void navigate({ to: '/reports', search: writeState(next), replace: !isStep, resetScroll: false }),
    [navigate],
  );
  /** A step is one that the browser's back button takes back. */
  const change: Change = useCallback(
    (part, { isStep } = {}) => set({ ...state, ...part }, isStep),
    [set, state],
  );

  const dimensions = useMemo(
    () => new Map(schema.dimensions.map((each): [string, Dimension] => [each.name, each])),
    [schema],
  );
  const metrics = useMemo(
    () => new Map(schema.metrics.map((each): [string, Metric] => [each.name, each])),
    [schema],
  );
  const request = useMemo(() => {
    const hidden = schema.metrics.filter(({ is_money }) => isMasked && is_money).map(({ name }) => name);
    return reportRequest(state, range, zone, new Set(hidden));
  }, [state, range, zone, isMasked, schema]);
  const grouped = useMemo(() => groupedBy(state), [state]);
  // A link may come from somebody who sees amounts: here it shows what is seen by everybody.
  const isChartMasked = isMasked && metrics.get(state.chartMetric)?.is_money;
  const chartMetric = isChartMasked ? DEFAULT_STATE.chartMetric : state.chartMetric;

  const drill = useCallback(
    (keys: string[]) => {
      const next = drillInto(
        state,
        keys,
        schema.dimensions.map(({ name }) => name),
      );
      if (next) change(next, { isStep: true });
    },
    [state, schema, change],
  );
  const within = useMemo(() => ({ ...range, timezone: zone }), [range, zone]);

  return {
    state,
    dropped,
    set,
    change,
    drill,
    zone,
    range,
    days,
    within,
    request,
    grouped,
    chartMetric,
    dimensions,
    metrics,
    schema,
  };
}

export type ReportPageState = ReturnType<typeof useReportState>;
