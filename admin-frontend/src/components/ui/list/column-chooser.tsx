import { ActionIcon, Checkbox, Popover, Stack, Tooltip } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import { useMemo } from 'react';
import * as z from 'zod/mini';
import { useStored } from '@/lib/browser/stored';
import type { Column } from './column';

const schema = z.record(z.string(), z.boolean());
const nothing: Record<string, boolean> = {};

/** Which columns of a list this browser shows, remembered by the list's name. */
export function useHiddenColumns<Row>(list: string, columns: Column<Row>[]) {
  const [chosen, setChosen] = useStored(`columns.${list}`, schema, nothing);
  const hidden = useMemo(
    () =>
      new Set(
        columns
          .filter(({ id, isHidden, isFixed }) => !isFixed && !(chosen[id] ?? !isHidden))
          .map(({ id }) => id),
      ),
    [columns, chosen],
  );
  return { hidden, show: (id: string, isShown: boolean) => setChosen({ ...chosen, [id]: isShown }) };
}

type Props<Row> = {
  columns: Column<Row>[];
  hidden: ReadonlySet<string>;
  onShow: (id: string, isShown: boolean) => void;
};

export function ColumnChooser<Row>({ columns, hidden, onShow }: Props<Row>) {
  return (
    <Popover position="bottom-end" trapFocus>
      <Popover.Target>
        <Tooltip label="Columns">
          <ActionIcon variant="default" size={34} aria-label="Columns">
            <IconColumns3 size={17} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown mah={400} style={{ overflowY: 'auto' }}>
        <Stack gap={8}>
          {columns.map(({ id, header, isFixed }) => (
            <Checkbox
              key={id}
              size="xs"
              label={header}
              disabled={isFixed}
              checked={isFixed === true || !hidden.has(id)}
              onChange={(event) => onShow(id, event.currentTarget.checked)}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
