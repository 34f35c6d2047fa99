import { Button, Group, Text } from '@mantine/core';
import { IconArrowUp, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useEffect, useReducer, useRef, useState } from 'react';
import { ErrorNotice, Notice } from '@/components/ui/feedback/pages';
import { DataTable } from '@/components/ui/list/data-table';
import type { StreamState } from '@/lib/api/sse';
import { formatCount, plural } from '@/lib/format/numbers';
import { useZone } from '@/lib/time/use-zone';
import { useClicks, type Click } from '../api/list-clicks';
import { useClickTail } from '../api/tail-clicks';
import { clickColumns } from './click-columns';
import { arrive, EMPTY, ratePerMinute, release, seed, type LiveBuffer } from './live-buffer';
import { rowId, rowName } from './recorded-clicks';
import classes from './clicks.module.css';

type Props = {
  q: string | undefined;
  filters: Record<string, string | boolean>;
  hidden: ReadonlySet<string>;
  onOpen: (clickId: string) => void;
  /** A click is open beside the list. */
  isOpen: boolean;
};

const STATES: Record<StreamState, string> = {
  connecting: 'Connecting…',
  open: 'Live',
  waiting: 'Connection lost, trying again…',
};

type Change =
  | { kind: 'arrived'; clicks: Click[]; skipped: number; isHeld: boolean; nowMs: number }
  | { kind: 'seeded'; clicks: Click[] }
  | { kind: 'released' };

function reduce(buffer: LiveBuffer, change: Change): LiveBuffer {
  switch (change.kind) {
    case 'arrived':
      return arrive(buffer, change.clicks, change.skipped, change.isHeld, change.nowMs);
    case 'seeded':
      return seed(buffer, change.clicks);
    case 'released':
      return release(buffer);
  }
}

export function LiveClicks({ q, filters, hidden, onOpen, isOpen }: Props) {
  const [buffer, change] = useReducer(reduce, EMPTY);
  const [isPaused, setPaused] = useState(false);
  const [isAway, setAway] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const [zone] = useZone();
  const isHeld = isPaused || isAway || isOpen;
  const before = useClicks({ range: null, q, filters }).data?.pages[0]?.items;
  const { state, refused } = useClickTail({ ...filters, q }, (clicks, skipped) =>
    change({ kind: 'arrived', clicks, skipped, isHeld, nowMs: Date.now() }),
  );

  useEffect(() => {
    if (before) change({ kind: 'seeded', clicks: before });
  }, [before]);

  function goOn() {
    setPaused(false);
    setAway(false);
    frame.current?.querySelector('[data-scroll-restoration-id]')?.scrollTo({ top: 0 });
    change({ kind: 'released' });
  }

  if (refused) return <ErrorNotice error={refused} />;
  const rate = ratePerMinute(buffer);
  return (
    <div className={classes.frame} data-fills-page>
      <div className={classes.bar}>
        <Group gap={8} role="status">
          <span
            aria-hidden
            className={classes.pulse}
            data-open={(state === 'open' && !isPaused) || undefined}
          />
          <Text size="sm" fw={550}>
            {isPaused ? 'Paused' : STATES[state]}
          </Text>
        </Group>
        <Text size="sm" c="dimmed" className="tabular">
          {formatCount(rate)} clicks a minute
        </Text>
        {buffer.skipped > 0 && (
          <Text size="sm" c="var(--tf-warn)" className="tabular">
            {plural(buffer.skipped, 'click')} not shown: too many at once
          </Text>
        )}
        <Group gap="xs" ml="auto">
          {buffer.waitingCount > 0 && (
            <Button size="compact-sm" variant="light" leftSection={<IconArrowUp size={14} />} onClick={goOn}>
              {formatCount(buffer.waitingCount)} new
            </Button>
          )}
          <Button
            size="compact-sm"
            variant="default"
            leftSection={isPaused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
            onClick={isPaused ? goOn : () => setPaused(true)}
          >
            {isPaused ? 'Resume' : 'Pause'}
          </Button>
        </Group>
      </div>
      <div
        ref={frame}
        className={classes.rows}
        onScrollCapture={(event) => {
          if (!(event.target instanceof HTMLElement)) return;
          const isTop = event.target.scrollTop <= 4;
          setAway(!isTop);
          if (isTop && !isPaused) change({ kind: 'released' });
        }}
      >
        {buffer.rows.length === 0 ? (
          <Notice title="Waiting for clicks">The next click that matches appears here by itself.</Notice>
        ) : (
          <DataTable
            label="live clicks"
            columns={clickColumns}
            rows={buffer.rows}
            rowId={rowId}
            rowName={(row) => rowName(row, zone)}
            hidden={hidden}
            onOpen={({ click_id }) => onOpen(click_id)}
            isVirtual
          />
        )}
      </div>
    </div>
  );
}
