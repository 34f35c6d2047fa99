/** The dimensions of a report in their order: added, taken out, replaced and moved, by pointer and by keys. */
import { Menu, Select, Switch, Tooltip } from '@mantine/core';
import { IconArrowLeft, IconArrowRight, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { moved, regroup } from '../model/drill';
import { useReportPage } from './report-context';
import classes from './reports.module.css';

export function DimensionChips() {
  const { state, change, dimensions, grouped, schema } = useReportPage();
  const [dragged, setDragged] = useState<number>();
  const [over, setOver] = useState<number>();
  const { by, at } = state;
  const free = schema.dimensions.filter(({ name }) => !by.includes(name));
  const choices = free.map(({ name, title }) => ({ value: name, label: title }));
  const setBy = (next: string[]) => change(regroup({ by, at }, next), { isStep: true });

  return (
    <ol className={classes.chips} aria-label="Grouped by, in this order">
      {by.map((name, index) => {
        const title = dimensions.get(name)?.title ?? name;
        return (
          <li
            key={name}
            className={classes.chip}
            data-current={grouped.includes(name) || undefined}
            data-over={(over === index && dragged !== index) || undefined}
            draggable
            onDragStart={() => setDragged(index)}
            onDragOver={(event) => {
              event.preventDefault();
              setOver(index);
            }}
            onDragEnd={() => {
              if (dragged !== undefined && over !== undefined && dragged !== over)
                setBy(moved(by, dragged, over));
              setDragged(undefined);
              setOver(undefined);
            }}
          >
            <Menu width={220} position="bottom-start" withInitialFocusPlaceholder={false}>
              <Menu.Target>
                <button
                  type="button"
                  aria-label={`${title}, ${index + 1} of ${by.length}${grouped.includes(name) ? ', shown now' : ''}`}
                  onKeyDown={(event) => {
                    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
                    if (!event.altKey || step === 0) return;
                    event.preventDefault();
                    setBy(moved(by, index, Math.max(0, Math.min(by.length - 1, index + step))));
                  }}
                >
                  {title}
                </button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  leftSection={<IconArrowLeft size={15} />}
                  disabled={index === 0}
                  onClick={() => setBy(moved(by, index, index - 1))}
                >
                  Move before
                </Menu.Item>
                <Menu.Item
                  leftSection={<IconArrowRight size={15} />}
                  disabled={index === by.length - 1}
                  onClick={() => setBy(moved(by, index, index + 1))}
                >
                  Move behind
                </Menu.Item>
                <Menu.Divider />
                <Menu.Label>Replace by</Menu.Label>
                <div style={{ maxHeight: 260, overflowY: 'auto' }}>
                  {free.map((each) => (
                    <Menu.Item key={each.name} onClick={() => setBy(by.with(index, each.name))}>
                      {each.title}
                    </Menu.Item>
                  ))}
                </div>
              </Menu.Dropdown>
            </Menu>
            {by.length > 1 && (
              <button
                type="button"
                aria-label={`Do not group by ${title}`}
                onClick={() => setBy(by.filter((each) => each !== name))}
              >
                <IconX size={13} aria-hidden />
              </button>
            )}
          </li>
        );
      })}
      <li>
        <Select
          size="xs"
          w={140}
          aria-label="Add a dimension"
          placeholder="Add a dimension"
          searchable
          data={choices}
          value={null}
          maxDropdownHeight={320}
          comboboxProps={{ width: 220, position: 'bottom-start' }}
          nothingFoundMessage="No such dimension"
          onChange={(name) => name && setBy([...by, name])}
        />
      </li>
      {by.length - at.length > 1 && (
        <li>
          <Tooltip label="One table of all dimensions, instead of one after the other">
            <Switch
              size="xs"
              label="Side by side"
              checked={state.isFlat}
              onChange={(event) => change({ isFlat: event.currentTarget.checked })}
            />
          </Tooltip>
        </li>
      )}
    </ol>
  );
}
