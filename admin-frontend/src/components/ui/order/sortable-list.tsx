/**
 * A list that is put in order by dragging a handle, or with the arrow keys on it. The order itself is the caller's:
 * every step is reported as a move.
 */
import { ActionIcon, Tooltip, VisuallyHidden } from '@mantine/core';
import { IconGripVertical } from '@tabler/icons-react';
import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import classes from './order.module.css';

type Props<Item> = {
  items: Item[];
  itemId: (item: Item) => string;
  itemName: (item: Item) => string;
  /** False: stays where it is, such as at the border of a group. */
  canMove?: (from: number, to: number) => boolean;
  onMove: (from: number, to: number) => void;
  isDisabled?: boolean;
  label: string;
  children: (item: Item, at: number, handle: ReactNode) => ReactNode;
};

export function SortableList<Item>(props: Props<Item>) {
  const { items, itemId, itemName, canMove = () => true, onMove, isDisabled, label, children } = props;
  const list = useRef<HTMLOListElement>(null);
  const [dragged, setDragged] = useState<string>();
  const [said, setSaid] = useState('');

  function move(from: number, to: number) {
    const item = items[from];
    if (!item || to < 0 || to >= items.length || from === to || !canMove(from, to)) return;
    onMove(from, to);
    setSaid(`${itemName(item)} is now number ${to + 1} of ${items.length}`);
  }

  function onKeyDown(event: KeyboardEvent, at: number) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    move(at, at + step);
  }

  /** Past the middle of others, it takes the place of the last of them: a fast pointer passes several at once. */
  function onPointerMove(event: PointerEvent, at: number) {
    if (dragged === undefined) return;
    const middles = [...(list.current?.children ?? [])].map((each) => {
      const { top, height } = each.getBoundingClientRect();
      return top + height / 2;
    });
    let to = at;
    while (to > 0 && event.clientY < (middles[to - 1] ?? -Infinity) && canMove(at, to - 1)) to -= 1;
    if (to === at)
      while (to < items.length - 1 && event.clientY > (middles[to + 1] ?? Infinity) && canMove(at, to + 1))
        to += 1;
    move(at, to);
  }

  return (
    <>
      <ol ref={list} className={classes.list} aria-label={label}>
        {items.map((item, at) => {
          const id = itemId(item);
          const handle = (
            <Tooltip label="Drag, or use the arrow keys">
              <ActionIcon
                variant="subtle"
                color="gray"
                className={classes.handle}
                disabled={isDisabled || items.length < 2}
                aria-label={`Move ${itemName(item)}, number ${at + 1} of ${items.length}`}
                onKeyDown={(event) => onKeyDown(event, at)}
                onPointerDown={(event) => {
                  event.currentTarget.setPointerCapture(event.pointerId);
                  setDragged(id);
                }}
                onPointerMove={(event) => onPointerMove(event, at)}
                onPointerUp={() => setDragged(undefined)}
                onPointerCancel={() => setDragged(undefined)}
              >
                <IconGripVertical size={16} />
              </ActionIcon>
            </Tooltip>
          );
          return (
            <li key={id} className={classes.item} data-dragged={dragged === id || undefined}>
              {children(item, at, handle)}
            </li>
          );
        })}
      </ol>
      <VisuallyHidden role="status">{said}</VisuallyHidden>
    </>
  );
}
