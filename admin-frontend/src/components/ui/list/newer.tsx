/** "3 new": what came since the page was read. It is shown when it is asked for, so that no row moves by itself. */
import { Button } from '@mantine/core';
import { IconArrowUp } from '@tabler/icons-react';
import { formatCount } from '@/lib/format/numbers';

type Props = { shown: number | undefined; latest: number | undefined; onShow: () => void };

export function Newer({ shown, latest, onShow }: Props) {
  const count = shown === undefined || latest === undefined ? 0 : latest - shown;
  return (
    <span role="status">
      {count > 0 && (
        <Button variant="light" leftSection={<IconArrowUp size={15} aria-hidden />} onClick={onShow}>
          {formatCount(count)} new
        </Button>
      )}
    </span>
  );
}
