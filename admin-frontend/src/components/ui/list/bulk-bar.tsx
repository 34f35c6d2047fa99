import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { plural } from '@/lib/format/numbers';
import { notifyFailure } from '../feedback/notify';
import { useAsk } from '../overlay/ask';
import type { BulkAction } from './column';
import classes from './list.module.css';

type Props<Row> = { rows: Row[]; actions: BulkAction<Row>[]; onDone: () => void };

export function BulkBar<Row>({ rows, actions, onDone }: Props<Row>) {
  const [running, setRunning] = useState<string>();
  const ask = useAsk();

  async function run({ label, run: act, ask: question, isDangerous }: BulkAction<Row>) {
    if (question && !(await ask({ title: label, body: question(rows), confirm: label, isDangerous }))) return;
    setRunning(label);
    try {
      await act(rows);
      onDone();
    } catch (error) {
      notifyFailure(`${label}: not done`, error);
    } finally {
      setRunning(undefined);
    }
  }

  return (
    <div className={classes.bulk} role="region" aria-label="Selected rows">
      <Text size="sm" fw={550}>
        {plural(rows.length, 'row')} selected
      </Text>
      {actions.map((action) => (
        <Button
          key={action.label}
          size="compact-sm"
          variant="default"
          c={action.isDangerous ? 'var(--tf-bad)' : undefined}
          leftSection={action.icon}
          loading={running === action.label}
          disabled={running !== undefined}
          onClick={() => void run(action)}
        >
          {action.label}
        </Button>
      ))}
      <Button size="compact-sm" variant="subtle" color="gray" onClick={onDone}>
        Clear the selection
      </Button>
    </div>
  );
}
