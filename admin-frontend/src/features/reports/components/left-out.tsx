import { IconFilterOff } from '@tabler/icons-react';
import { plural } from '@/lib/format/numbers';
import { Warning } from './warning';

/** Said where a report takes fewer filters than the table does: figures are of more than the chips say. */
export function LeftOut({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <Warning icon={<IconFilterOff size={18} />} title={`${plural(count, 'filter')} left out`}>
      This report takes plain conditions that must all hold. Groups, conditions that mind case and values with
      commas do not narrow it.
    </Warning>
  );
}
