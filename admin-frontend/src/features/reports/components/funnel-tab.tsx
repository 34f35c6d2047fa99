/** How far clicks came: click, landing page, click there, lead, sale; of everything and by group. */
import { Box, Stack, Table, Text } from '@mantine/core';
import { useMemo } from 'react';
import { ErrorNotice, Notice } from '@/components/ui/feedback/pages';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { formatCount, formatPercent, plural } from '@/lib/format/numbers';
import { useFunnelReport, type FunnelStep } from '../api/funnel-report';
import { pathFilters } from '../model/drill';
import { asParameters } from '../model/filter';
import { valueText } from '../model/value-text';
import { LeftOut } from './left-out';
import { useReportPage } from './report-context';
import classes from './reports.module.css';

const STEPS: Record<string, string> = {
  clicks: 'Clicks',
  lp_views: 'Landing views',
  lp_clicks: 'Landing clicks',
  leads: 'Leads',
  sales: 'Sales',
};
const LANDING_STEPS: ReadonlySet<string> = new Set(['lp_views', 'lp_clicks']);
const MOST_GROUPS = 500;

export function FunnelTab() {
  const { state, within, grouped, dimensions } = useReportPage();
  const { filter, left } = useMemo(() => asParameters([...pathFilters(state), ...state.filters]), [state]);
  const { data, error, isPlaceholderData, refetch } = useFunnelReport({
    ...within,
    filter,
    group_by: grouped.join(','),
    limit: MOST_GROUPS,
  });
  if (error && !data)
    return (
      <div className={classes.frame}>
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      </div>
    );
  if (!data)
    return (
      <div className={classes.frame}>
        <ListSkeleton />
      </div>
    );
  const [first] = data.totals;
  if (!first || first.count === 0)
    return (
      <div className={classes.frame}>
        <Notice title="No clicks in this period">Choose a longer period, or fewer filters.</Notice>
      </div>
    );
  const shown = grouped.flatMap((name) => dimensions.get(name) ?? []);
  const hasLandings = data.totals.some(({ step, count }) => LANDING_STEPS.has(step) && count > 0);
  /** Where nobody sends clicks to landing pages, those are no steps. */
  const isStep = ({ step }: FunnelStep) => hasLandings || !LANDING_STEPS.has(step);
  return (
    <Stack gap="xs" style={{ opacity: isPlaceholderData ? 0.6 : undefined }}>
      <LeftOut count={left} />
      <div className={classes.frame} style={{ padding: '12px 16px' }} role="group" aria-label="Everything">
        {data.totals.filter(isStep).map((step) => (
          <div key={step.step} className={classes.step}>
            <Text size="sm">{STEPS[step.step] ?? step.step}</Text>
            <div
              className={classes.bar}
              style={{ width: `${step.total_rate ?? 0}%`, minWidth: step.count > 0 ? 2 : 0 }}
              aria-hidden
            />
            <Text size="sm" className="tabular">
              <b>{formatCount(step.count)}</b>
              {step.step !== first.step && (
                <Text span size="sm" c="dimmed">
                  {' '}
                  · {formatPercent(step.step_rate)} of the step before
                </Text>
              )}
            </Text>
          </div>
        ))}
      </div>
      <div className={classes.frame}>
        <Box style={{ overflow: 'auto', maxHeight: '60vh' }} tabIndex={0} role="region" aria-label="By group">
          <Table className={classes.cohorts} stickyHeader aria-label="How far clicks came, by group">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col" data-pin style={{ zIndex: 2 }}>
                  {shown.map(({ title }) => title).join(', ')}
                </Table.Th>
                {data.totals.filter(isStep).map(({ step }) => (
                  <Table.Th key={step} scope="col" ta="right">
                    {STEPS[step] ?? step}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.items.map((item) => {
                const found: Record<string, unknown> = item;
                const text = (name: string) => (typeof found[name] === 'string' ? found[name] : '');
                const keys = shown.map(({ name }) => text(name));
                return (
                  <Table.Tr key={keys.join('\u0001')}>
                    <Table.Th scope="row" fw={400} data-pin>
                      {shown
                        .map((each, at) => valueText(each, keys[at] ?? '', text(`${each.name}_name`)))
                        .join(', ')}
                    </Table.Th>
                    {item.steps.filter(isStep).map((step) => (
                      <Table.Td key={step.step} ta="right">
                        <StepFigure step={step} isFirst={step.step === first.step} />
                      </Table.Td>
                    ))}
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </Box>
        <div className={classes.status}>
          <Text size="sm" c="dimmed">
            {data.total > data.items.length
              ? `The ${formatCount(data.items.length)} with most clicks of ${plural(data.total, 'group')}`
              : plural(data.total, 'group')}
          </Text>
          <Text size="xs" c="dimmed">
            Clicks of people in the period and what came of them since. Percentages are of the clicks.
          </Text>
        </div>
      </div>
    </Stack>
  );
}

function StepFigure({ step, isFirst }: { step: FunnelStep; isFirst: boolean }) {
  return (
    <>
      {formatCount(step.count)}
      {!isFirst && (
        <Text span size="xs" c="dimmed" ml={6} style={{ display: 'inline-block', minWidth: 52 }}>
          {formatPercent(step.total_rate)}
        </Text>
      )}
    </>
  );
}
