import { Group, Skeleton, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { IconArrowDownRight, IconArrowUpRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { formatChange } from '@/lib/format/numbers';
import classes from './display.module.css';

type Props = {
  label: string;
  value: ReactNode;
  /** In percent, since the period compared with; null: there was none before. */
  change?: number | null;
  /** What it was then. */
  previous?: ReactNode;
  /** For costs and the like, more is worse. */
  isLessBetter?: boolean;
  isLoading?: boolean;
  hint?: string;
  /** Below the figure, such as a sparkline. */
  chart?: ReactNode;
  /** A tile that can be chosen is a button. */
  onChoose?: () => void;
  isChosen?: boolean;
};

/** A figure with its name, and how it changed. Its height is the same while it loads. */
export function StatTile(props: Props) {
  const { label, value, change, previous, isLessBetter, isLoading, hint, chart, onChoose, isChosen } = props;
  const isUp = (change ?? 0) > 0;
  const isGood = isUp !== Boolean(isLessBetter);
  const color = !change ? 'var(--mantine-color-dimmed)' : isGood ? 'var(--tf-good)' : 'var(--tf-bad)';
  const Arrow = isUp ? IconArrowUpRight : IconArrowDownRight;
  const content = (
    <>
      <Tooltip label={hint} disabled={!hint} multiline maw={260}>
        <Text size="xs" c="dimmed" truncate w="fit-content" maw="100%">
          {label}
        </Text>
      </Tooltip>
      {isLoading ? (
        <Skeleton h={22} my={4} w="70%" />
      ) : (
        <Text fz={22} lh="30px" fw={600} className="tabular" truncate component="div">
          {value}
        </Text>
      )}
      {change !== undefined && (
        // What it was before is left out where there is no room for all of it.
        <Group gap="0 4px" h={18} style={{ overflow: 'hidden' }}>
          {!isLoading && change !== null && (
            <>
              {change !== 0 && <Arrow size={14} color={color} aria-hidden />}
              <Text size="xs" style={{ color }} className="tabular">
                {formatChange(change)}
              </Text>
              {previous !== undefined && (
                <Text size="xs" c="dimmed" component="div" style={{ whiteSpace: 'nowrap' }}>
                  from {previous}
                </Text>
              )}
            </>
          )}
          {!isLoading && change === null && (
            <Text size="xs" c="dimmed">
              none before
            </Text>
          )}
        </Group>
      )}
      {chart && <div className={classes.tileChart}>{!isLoading && chart}</div>}
    </>
  );
  if (!onChoose) {
    return (
      <div className={classes.tile} role="group" aria-label={label}>
        {content}
      </div>
    );
  }
  return (
    <UnstyledButton className={classes.tile} aria-pressed={isChosen} onClick={onChoose}>
      {content}
    </UnstyledButton>
  );
}
