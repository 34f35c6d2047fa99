import { Button, Group, Stack } from '@mantine/core';
import { DiffView } from '@/components/ui/display/diff-view';
import { wholeRequest } from '../api/query-report';
import type { SavedViewInput } from '../api/saved-views';

type Props = {
  base: SavedViewInput;
  mine: SavedViewInput;
  theirs: SavedViewInput;
  onTheirs: () => void;
  onMine: () => void;
};

const LABELS = {
  name: 'Name',
  visibility: 'Visibility',
  report: 'Shown as',
  columns: 'Columns',
  cohort: 'Cohorts',
  'query.from': 'From',
  'query.to': 'To',
  'query.period': 'Period',
  'query.timezone': 'Time zone',
  'query.group_by': 'Dimensions',
  'query.filters': 'Filters',
  'query.having': 'Limits',
  'query.sort': 'Order',
  'query.conversion_time': 'Conversion time',
  'query.compare': 'Compared with',
};

/** What one side leaves out and the other says to be nothing is no difference. */
function plain(view: SavedViewInput): SavedViewInput {
  return { ...view, query: wholeRequest(view.query), cohort: view.cohort ?? null };
}

/** Two people changed the same view: both versions, and which one is to stay. */
export function ViewConflict({ base, mine, theirs, onTheirs, onMine }: Props) {
  return (
    <Stack gap="sm">
      <DiffView base={plain(base)} mine={plain(mine)} theirs={plain(theirs)} labels={LABELS} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onTheirs}>
          Take theirs
        </Button>
        <Button onClick={onMine}>Keep mine</Button>
      </Group>
    </Stack>
  );
}
