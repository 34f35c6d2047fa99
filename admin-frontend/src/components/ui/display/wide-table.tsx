import { Box, Table } from '@mantine/core';
import type { ReactNode } from 'react';

type Props = { label: string; minWidth: number; children: ReactNode; isPlain?: boolean };

/** A small table in a card. On narrow screens it goes sideways by itself, also for the keyboard. */
export function WideTable({ label, minWidth, isPlain, children }: Props) {
  return (
    <Box role="region" aria-label={`${label}, scrolls`} tabIndex={0} style={{ overflowX: 'auto' }}>
      <Table
        aria-label={label}
        miw={minWidth}
        withRowBorders={!isPlain}
        verticalSpacing={isPlain ? 3 : undefined}
      >
        {children}
      </Table>
    </Box>
  );
}
