import { StatTile } from '@/components/ui/display/stat-tile';
import { HiddenMoney } from '@/components/ui/display/money';
import { TrendLine } from '@/components/ui/chart/trend-line';
import { useMasksMoney } from '@/lib/session/me';
import type { Overview } from '../api/overview';
import type { Metric } from '../api/report-schema';
import { formatMetric, metricValue } from './metric-value';
import { isAdditive } from './additive';
import { trendValues, type Point } from './series-rows';
import classes from './dashboard.module.css';

const SHOWN = [
  'clicks',
  'unique_clicks',
  'bots',
  'conversions',
  'cr',
  'revenue',
  'cost',
  'profit',
  'roi',
  'epc',
];
const LESS_IS_BETTER = new Set(['bots', 'cost']);
const HINTS: Record<string, string> = {
  unique_clicks: 'First clicks of a visitor on a campaign within its window',
  bots: 'Clicks taken for those of machines; not counted as clicks',
  conversions: 'Leads, sales and holds',
  cr: 'Conversions per 100 clicks',
  revenue: 'Payout of sales',
  roi: 'Profit per 100 of cost',
  epc: 'Revenue per click',
};

type Props = {
  metrics: Metric[] | undefined;
  overview: Overview | undefined;
  series: Point[] | undefined;
  isCompared: boolean;
  metric: string;
  onMetric: (metric: string) => void;
};

export function MetricTiles({ metrics, overview, series, isCompared, metric, onMetric }: Props) {
  const isMasked = useMasksMoney();
  const known = new Map(metrics?.map((each) => [each.name, each]));
  return (
    <section className={classes.tiles} aria-label="Key figures">
      {SHOWN.map((name) => {
        const found = known.get(name);
        const isHidden = isMasked && found?.is_money;
        const format = (from: object | null | undefined) =>
          found && overview ? formatMetric(metricValue(from, name), found.unit, overview.currency) : '';
        const change = metricValue(overview?.change, name);
        return (
          <StatTile
            key={name}
            label={found?.title ?? ' '}
            hint={HINTS[name]}
            isLoading={!overview || !found}
            value={isHidden ? <HiddenMoney /> : format(overview)}
            change={isCompared && !isHidden ? (typeof change === 'number' ? change : null) : undefined}
            previous={format(overview?.previous)}
            isLessBetter={LESS_IS_BETTER.has(name)}
            isChosen={metric === name}
            onChoose={isHidden ? undefined : () => onMetric(name)}
            chart={
              <TrendLine values={isHidden || !series ? [] : trendValues(series, name, isAdditive(found))} />
            }
          />
        );
      })}
    </section>
  );
}
