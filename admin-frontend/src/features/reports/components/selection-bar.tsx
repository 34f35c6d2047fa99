/** What the chosen rows are together, what would be left without them, and what can be done with all of them. */
import { Button, Group, Text } from '@mantine/core';
import { IconFilter, IconFilterMinus, IconPlayerPause, IconRobot } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { notifyFailure } from '@/components/ui/feedback/notify';
import { notifyUndo } from '@/components/ui/feedback/undo';
import { useAsk } from '@/components/ui/overlay/ask';
import { plural } from '@/lib/format/numbers';
import { useMay } from '@/lib/session/me';
import { heldOptions, isPausable, useSetStatus, type Held } from '../api/entity-status';
import { is, type FilterNode } from '../model/filter';
import type { Figures, Row } from '../model/rows';
import { figureText } from './figure';
import { useReportPage } from './report-context';
import { botEntries, useRowActions } from './use-row-actions';
import classes from '@/components/ui/list/list.module.css';

const MOST_IN_FILTER = 200;
const MOST_AT_ONCE = 50;

type Props = { rows: Row[]; total: Figures; others: Figures; currency: string; onClear: () => void };

export function SelectionBar({ rows, total, others, currency, onClear }: Props) {
  const { state, change, grouped, dimensions, metrics } = useReportPage();
  const mayWrite = useMay('config:write');
  const client = useQueryClient();
  const { block } = useRowActions();
  const { mutateAsync: setStatus } = useSetStatus();
  const ask = useAsk();
  const [isRunning, setRunning] = useState(false);
  const only = grouped.length === 1 ? dimensions.get(grouped[0] ?? '') : undefined;
  const values = rows.map(({ keys: [key = ''] }) => key);
  const entries = only && botEntries(only.name, values);
  const kind = only && isPausable(only.name) ? only.name : undefined;
  const ids = values.filter((value) => value.length > 20);
  const roi = metrics.get('roi');

  function narrow(isKept: boolean) {
    const nodes: FilterNode = only
      ? is(only.name, isKept ? 'in' : 'not_in', ...values)
      : {
          any: rows.map(({ keys }) => ({ all: keys.map((key, at) => is(grouped[at] ?? '', 'eq', key)) })),
        };
    const node = only || isKept ? nodes : { not: nodes };
    change({ filters: [...state.filters, node] }, { isStep: true });
    onClear();
  }

  async function pauseAll() {
    if (!kind || !only) return;
    const what = plural(ids.length, only.title.toLowerCase());
    if (
      !(await ask({
        title: `Pause ${what}?`,
        body: 'They take no traffic until they are activated again.',
        confirm: 'Pause',
      }))
    )
      return;
    setRunning(true);
    const paused: { before: Held; after: Held }[] = [];
    try {
      for (const id of ids) {
        const before = await client.fetchQuery(heldOptions(kind, id));
        if (before.status !== 'active') continue;
        paused.push({
          before,
          after: await setStatus({ kind, id, status: 'paused', revision: before.revision }),
        });
      }
    } catch (error) {
      notifyFailure('Not all were paused', error);
    }
    setRunning(false);
    if (paused.length === 0) return;
    notifyUndo(`${plural(paused.length, only.title.toLowerCase())} paused`, () =>
      Promise.all(
        paused.map(({ before, after }) =>
          setStatus({ kind, id: after.id, status: before.status, revision: after.revision }),
        ),
      ),
    );
  }

  const conditions = only ? 1 : rows.length * grouped.length;
  const isNarrowable = rows.length <= MOST_IN_FILTER && conditions <= 40;
  return (
    <div className={classes.bulk} role="region" aria-label="Selected rows">
      <Text size="sm" fw={550}>
        {plural(rows.length, 'row')} selected
      </Text>
      {roi && (
        <Text size="sm" className="tabular" role="status">
          {roi.title} without {rows.length === 1 ? 'it' : 'them'}{' '}
          <b>{figureText(roi, others.roi, currency)}</b>, instead of {figureText(roi, total.roi, currency)}
        </Text>
      )}
      <Group gap={6}>
        {isNarrowable && (
          <>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconFilter size={14} />}
              onClick={() => narrow(true)}
            >
              Only these
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconFilterMinus size={14} />}
              onClick={() => narrow(false)}
            >
              Without these
            </Button>
          </>
        )}
        {mayWrite && kind && ids.length > 0 && ids.length <= MOST_AT_ONCE && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlayerPause size={14} />}
            loading={isRunning}
            onClick={() => void pauseAll()}
          >
            Pause
          </Button>
        )}
        {mayWrite && only && entries && rows.length <= MOST_IN_FILTER && (
          <Button
            size="compact-sm"
            variant="default"
            c="var(--tf-bad)"
            leftSection={<IconRobot size={14} />}
            onClick={() =>
              void ask({
                title: `Treat ${plural(rows.length, 'network')} as bots?`,
                body: 'Their clicks are bots from now on; what was counted already stays.',
                confirm: 'Add to the bot list',
                isDangerous: true,
              }).then((isSure) => (isSure ? block(plural(rows.length, 'network'), entries) : undefined))
            }
          >
            Treat as bots
          </Button>
        )}
        <Button size="compact-sm" variant="subtle" color="gray" onClick={onClear}>
          Clear the selection
        </Button>
      </Group>
    </div>
  );
}
