import { Button, Group, Stack } from '@mantine/core';
import { DiffView } from '@/components/ui/display/diff-view';
import type { SavedViewInput } from '../api/saved-views';

type Props = {
  base: SavedViewInput;
  mine: SavedViewInput;
  theirs: SavedViewInput;
  onTheirs: () => void;
  onMine: () => void;
};

/** Two people changed the same view: both versions, and which one is to stay. */
export function ViewConflict({ base, mine, theirs, onTheirs, onMine }: Props) {
  return (
    <Stack gap="sm">
      <DiffView base={base} mine={mine} theirs={theirs} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onTheirs}>
          Take theirs
        </Button>
        <Button onClick={onMine}>Keep mine</Button>
      </Group>
    </Stack>
  );
}
