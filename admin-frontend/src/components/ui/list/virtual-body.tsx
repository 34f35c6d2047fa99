/** Only the rows in sight exist, so that 50,000 scroll smoothly; they have one height. */
import { Table } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, type RefObject } from 'react';
import type { BodyProps } from './table-body';
import { useRowKeys } from './use-row-keys';

const ROW_HEIGHT_PX = 37;
const OVERSCAN = 12;
/** So far from the end, more is asked for. */
const END_ROWS = 20;

type Props = BodyProps & { scroller: RefObject<HTMLDivElement | null>; onEnd?: () => void };

type KeptProps = Pick<BodyProps, 'renderRow'> & { index: number; isCurrent: boolean };

/** A row that stays in sight is not drawn again while one scrolls. */
const KeptRow = memo(function KeptRow({ index, isCurrent, renderRow }: KeptProps) {
  return renderRow(index, isCurrent);
});

export default function VirtualBody(props: Props) {
  const { count, span, before, renderRow, scroller, onEnd, onOpen, onToggle } = props;
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: OVERSCAN,
    onChange: (instance) => {
      const last = instance.getVirtualItems().at(-1);
      if (onEnd && last && last.index >= count - END_ROWS) onEnd();
    },
  });
  const items = virtual.getVirtualItems();
  const { body, current, onKeyDown, onFocus } = useRowKeys({
    count,
    scrollTo: (index) => virtual.scrollToIndex(index),
    onOpen,
    onToggle,
  });
  const space = (height: number) =>
    height > 0 && (
      <tr aria-hidden>
        <td colSpan={span} style={{ height, padding: 0, border: 0 }} />
      </tr>
    );
  return (
    <Table.Tbody ref={body} onKeyDown={onKeyDown} onFocus={onFocus}>
      {before}
      {space(items[0]?.start ?? 0)}
      {items.map(({ index }) => (
        <KeptRow key={index} index={index} isCurrent={index === current} renderRow={renderRow} />
      ))}
      {space(virtual.getTotalSize() - (items.at(-1)?.end ?? 0))}
    </Table.Tbody>
  );
}
