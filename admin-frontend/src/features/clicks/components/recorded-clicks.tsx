import { Button, Group, Loader, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useMemo } from 'react';
import { ErrorNotice, Notice } from '@/components/ui/feedback/pages';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { DataTable } from '@/components/ui/list/data-table';
import { usePeriod } from '@/components/ui/period/use-period';
import { formatCount } from '@/lib/format/numbers';
import type { LogSearch } from '@/lib/list/log-search';
import { isNarrowed } from '@/lib/list/search';
import { formatInstant } from '@/lib/time/format';
import { useClicks, type Click } from '../api/list-clicks';
import { clickColumns } from './click-columns';
import classes from './clicks.module.css';

type Props = {
  search: LogSearch;
  q: string | undefined;
  filters: Record<string, string | boolean>;
  hidden: ReadonlySet<string>;
  onOpen: (clickId: string) => void;
  onClear: () => void;
};

export function RecordedClicks({ search, q, filters, hidden, onOpen, onClear }: Props) {
  const { range, zone } = usePeriod(search);
  const query = useClicks({ range, q, filters });
  const { data, error, refetch, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap(({ items }) => items), [data]);
  const first = data?.pages[0];

  if (error && !rows) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!rows) {
    return (
      <div className={classes.frame} data-fills-page>
        <ListSkeleton rows={14} />
      </div>
    );
  }
  if (rows.length === 0) {
    return (
      <div className={classes.frame} data-fills-page>
        {isNarrowed(search) ? (
          <Notice
            title="No clicks match"
            actions={
              <Button variant="default" onClick={onClear}>
                Clear search, filters and period
              </Button>
            }
          >
            Nothing fits the period and what you search or filter by.
          </Notice>
        ) : (
          <Notice title="No clicks in these days">
            Open a tracking link of a campaign, and its click is here a moment later.
          </Notice>
        )}
      </div>
    );
  }
  return (
    <div className={classes.frame} data-fills-page aria-busy={isFetching}>
      <DataTable
        label="clicks"
        columns={clickColumns}
        rows={rows}
        rowId={rowId}
        rowName={(row) => rowName(row, zone)}
        hidden={hidden}
        onOpen={({ click_id }) => onOpen(click_id)}
        isVirtual
        onEnd={() => hasNextPage && !isFetching && void fetchNextPage()}
        isDimmed={query.isPlaceholderData}
      />
      <div className={classes.foot}>
        <Text size="sm" c="dimmed" role="status" className="tabular">
          {formatCount(rows.length)} of {formatCount(first?.total)}
          {first?.total_is_exact === false && '+'} clicks
        </Text>
        <Group gap="xs">
          {isFetchingNextPage && <Loader size={16} aria-label="Loading older clicks" />}
          {hasNextPage && !isFetchingNextPage && (
            <Button size="compact-sm" variant="default" onClick={() => void fetchNextPage()}>
              Older
            </Button>
          )}
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconRefresh size={14} />}
            onClick={() => void refetch()}
          >
            Refresh
          </Button>
        </Group>
      </div>
    </div>
  );
}

export const rowId = ({ event_id }: Click) => event_id;

export function rowName({ created_at, campaign_name }: Click, zone: string) {
  return `click of ${formatInstant(created_at, zone, 'second')}, ${campaign_name ?? 'no campaign'}`;
}
