/** Charts, loaded when one is first shown. The same numbers are a table too, for those who cannot see or prefer it. */
import { Box, Group, Skeleton, Table, UnstyledButton } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { patient } from '@/lib/browser/patient';
import { EMPTY_CELL, type ChartProps } from './chart-data';

const Canvas = lazy(patient(() => import('./chart-canvas')));

export function Chart(props: ChartProps) {
  const { label, rows, series, height = 260, formatX } = props;
  const [isTable, setTable] = useState(false);
  return (
    <Box component="figure" m={0} aria-label={label}>
      <Group justify="flex-end" mb={4}>
        <UnstyledButton fz={12} c="dimmed" td="underline" onClick={() => setTable(!isTable)}>
          {isTable ? 'Show as a chart' : 'Show as a table'}
        </UnstyledButton>
      </Group>
      {isTable ? (
        <Box
          mah={height}
          mih={height}
          style={{ overflow: 'auto' }}
          tabIndex={0}
          role="region"
          aria-label={`${label}, table`}
        >
          <Table stickyHeader aria-label={label}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{props.xLabel}</Table.Th>
                {series.map(({ key, name }) => (
                  <Table.Th key={key} scope="col" ta="right">
                    {name}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.x}>
                  <Table.Th scope="row" fw={400}>
                    {formatX?.(row.x) ?? row.x}
                  </Table.Th>
                  {series.map(({ key, format }) => (
                    <Table.Td key={key} ta="right">
                      {row.shown?.[key] ??
                        (row.values[key] === null || row.values[key] === undefined
                          ? EMPTY_CELL
                          : format(row.values[key]))}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Box>
      ) : (
        <Suspense fallback={<Skeleton h={height} />}>
          <Canvas {...props} height={height} />
        </Suspense>
      )}
    </Box>
  );
}
