import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './display.module.css';

/** Facts of a thing as a description list. Entries without a value are left out. */
export function KeyValue({ entries }: { entries: [label: string, value: ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {entries.map(([label, value]) =>
        value === undefined || value === null || value === '' || value === false ? null : (
          <div key={label} className={classes.fact}>
            <Text component="dt" size="sm" c="dimmed">
              {label}
            </Text>
            <Text component="dd" size="sm" m={0} style={{ overflowWrap: 'anywhere' }}>
              {value}
            </Text>
          </div>
        ),
      )}
    </dl>
  );
}
