import { Group } from '@mantine/core';
import { NOTHING } from '@/lib/format/numbers';
import { CopyButton } from './copy-button';
import classes from './display.module.css';

type Props = { id: string | null | undefined; what: string; isWhole?: boolean };

/** An id that people paste elsewhere, such as a click id: one line, whole on hover, with a copy button. */
export function IdText({ id, what, isWhole = false }: Props) {
  if (!id) return NOTHING;
  return (
    <Group gap={4} wrap="nowrap" miw={0} component="span" display="inline-flex" maw="100%">
      <span className={isWhole ? classes.wholeId : classes.id} title={id}>
        {id}
      </span>
      <CopyButton value={id} what={what} />
    </Group>
  );
}
