/** What can be done with a row. One menu for the whole table, placed at the row's button or the pointer. */
import { Loader, Menu } from '@mantine/core';
import {
  IconArrowBarToDown,
  IconBan,
  IconExternalLink,
  IconFilter,
  IconFilterMinus,
  IconPlayerPause,
  IconPlayerPlay,
  IconRobot,
} from '@tabler/icons-react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { openDialog } from '@/components/ui/overlay/dialog';
import { ENTITIES, ENTITY_KINDS } from '@/lib/entities/entities';
import { useMay } from '@/lib/session/me';
import { heldOptions, isPausable, type Pausable } from '../api/entity-status';
import { routingFieldsOptions } from '../api/routing-fields';
import { is } from '../model/filter';
import type { Row } from '../model/rows';
import { valueText } from '../model/value-text';
import { KeepOut } from './keep-out';
import { useReportPage } from './report-context';
import { rowName } from './report-row';
import { botEntries, useRowActions } from './use-row-actions';

export type MenuPlace = { row: Row; index: number; box: DOMRect };

const ICON = 15;
const OUTSIDE = ['mousedown', 'touchstart'];
const NAMES_A_PERSON = 20;

/** A report's dimension as a stream's rules call it. */
const RULE_FIELDS: Record<string, string> = { device: 'device_type', hour_of_day: 'hour' };

export function RowMenu({ place, onClose }: { place: MenuPlace; onClose: () => void }) {
  const { row, box } = place;
  const page = useReportPage();
  const router = useRouter();
  const mayWrite = useMay('config:write');
  const { changeStatus, block } = useRowActions();
  const dimensions = page.grouped.flatMap((name) => page.dimensions.get(name) ?? []);
  const values = dimensions.map((dimension, at) => ({
    dimension,
    value: row.keys[at] ?? '',
    text: valueText(dimension, row.keys[at] ?? '', row.names[at]),
  }));
  const pausable = values.flatMap(({ dimension: { name }, value, text }) =>
    mayWrite && isPausable(name) && value.length > NAMES_A_PERSON ? [{ kind: name, id: value, text }] : [],
  );
  const held = useQueries({ queries: pausable.map(({ kind, id }) => heldOptions(kind, id)) });
  const fields = useQuery({ ...routingFieldsOptions, enabled: mayWrite }).data;

  // Whose streams a rule would go to: the row's own stream or campaign, or what was gone into.
  const known = new Map([
    ...page.state.at.map((value, at): [string, string] => [page.state.by[at] ?? '', value]),
    ...values.map(({ dimension: { name }, value }): [string, string] => [name, value]),
  ]);
  const [stream, campaign] = [known.get('stream'), known.get('campaign')];

  function exclude() {
    const nodes = values.map(({ dimension, value }) => is(dimension.name, 'eq', value));
    const [only] = values;
    const node =
      values.length === 1 && only ? is(only.dimension.name, 'neq', only.value) : { not: { all: nodes } };
    page.change({ filters: [...page.state.filters, node] });
  }

  function open(kind: string, id: string) {
    const entity = ENTITY_KINDS.find((each) => each === (kind === 'offer' ? 'destination' : kind));
    const to = entity && ENTITIES[entity].page;
    return to && to in router.routesByPath ? () => router.history.push(to.replace('$id', id)) : undefined;
  }

  return (
    <Menu
      opened
      onClose={onClose}
      position="bottom-end"
      width={270}
      withinPortal={false}
      withInitialFocusPlaceholder={false}
      returnFocus={false}
      // Not by keys: the press that opens it would close it.
      clickOutsideEvents={OUTSIDE}
    >
      <Menu.Target>
        {/* Where the menu hangs; the row has the button that people see. */}
        <button
          type="button"
          tabIndex={-1}
          aria-label={`Actions for ${rowName(row, dimensions)}`}
          style={{
            position: 'fixed',
            left: box.left,
            top: box.top,
            width: box.width,
            height: box.height,
            padding: 0,
            border: 0,
            opacity: 0,
            pointerEvents: 'none',
          }}
        />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconArrowBarToDown size={ICON} />} onClick={() => page.drill(row.keys)}>
          Go into it
        </Menu.Item>
        <Menu.Item
          leftSection={<IconFilter size={ICON} />}
          onClick={() =>
            page.change({
              filters: [
                ...page.state.filters,
                ...values.map(({ dimension, value }) => is(dimension.name, 'eq', value)),
              ],
            })
          }
        >
          Show only this
        </Menu.Item>
        <Menu.Item leftSection={<IconFilterMinus size={ICON} />} onClick={exclude}>
          Leave this out
        </Menu.Item>
        {values.map(({ dimension: { name, title }, value }) => {
          const go = value.length > NAMES_A_PERSON ? open(name, value) : undefined;
          return (
            go && (
              <Menu.Item key={name} leftSection={<IconExternalLink size={ICON} />} onClick={go}>
                Open the {title.toLowerCase()}
              </Menu.Item>
            )
          );
        })}
        {pausable.length > 0 && <Menu.Divider />}
        {pausable.map(({ kind, text }, at) => (
          <PauseItem key={kind} kind={kind} text={text} query={held[at]} onChange={changeStatus} />
        ))}
        {mayWrite &&
          values.map(({ dimension: { name }, value, text }) => {
            const entries = botEntries(name, [value]);
            const field = RULE_FIELDS[name] ?? name;
            const canRule =
              fields?.has(field) && value !== '' && (stream !== undefined || campaign !== undefined);
            return [
              entries && (
                <Menu.Item
                  key={`bots-${name}`}
                  c="var(--tf-bad)"
                  leftSection={<IconRobot size={ICON} />}
                  onClick={() => void block(text, entries)}
                >
                  Treat {text} as a bot
                </Menu.Item>
              ),
              canRule && (
                <Menu.Item
                  key={`rule-${name}`}
                  c="var(--tf-bad)"
                  leftSection={<IconBan size={ICON} />}
                  onClick={() =>
                    void openDialog({
                      title: `Keep “${text}” out`,
                      children: (
                        <KeepOut
                          rule={{ field, operator: 'eq', values: [value], case_sensitive: false }}
                          text={text}
                          stream={stream}
                          campaign={campaign}
                        />
                      ),
                    })
                  }
                >
                  Keep {text} out of streams…
                </Menu.Item>
              ),
            ];
          })}
      </Menu.Dropdown>
    </Menu>
  );
}

type PauseProps = {
  kind: Pausable;
  text: string;
  query:
    { data?: Parameters<ReturnType<typeof useRowActions>['changeStatus']>[1]; isError: boolean } | undefined;
  onChange: ReturnType<typeof useRowActions>['changeStatus'];
};

function PauseItem({ kind, text, query, onChange }: PauseProps) {
  const held = query?.data;
  if (query?.isError) return null;
  if (!held)
    return (
      <Menu.Item disabled leftSection={<Loader size={ICON} />}>
        {text}
      </Menu.Item>
    );
  const isActive = held.status === 'active';
  const Icon = isActive ? IconPlayerPause : IconPlayerPlay;
  return (
    <Menu.Item
      leftSection={<Icon size={ICON} />}
      closeMenuOnClick
      onClick={() => void onChange(kind, held, isActive ? 'paused' : 'active')}
    >
      {isActive ? 'Pause' : held.status === 'archived' ? 'Restore' : 'Activate'} “{held.name}”
    </Menu.Item>
  );
}
