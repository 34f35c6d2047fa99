import { Group, NativeSelect, Pagination, Text } from '@mantine/core';
import { PAGE_SIZES } from '@/lib/list/search';
import { formatCount } from '@/lib/format/numbers';
import classes from './list.module.css';

type Props = {
  offset: number;
  size: number;
  shown: number;
  total: number;
  isAtLeast?: boolean;
  onPage: (page: number) => void;
  onSize: (size: number) => void;
};

export function ListFoot({ offset, size, shown, total, isAtLeast, onPage, onSize }: Props) {
  const pages = Math.ceil(total / size);
  return (
    <div className={classes.foot}>
      <Text size="sm" c="dimmed" className="tabular" role="status">
        {formatCount(shown === 0 ? 0 : offset + 1)}–{formatCount(offset + shown)} of {formatCount(total)}
        {isAtLeast && '+'}
      </Text>
      <Group gap="xs">
        {total > PAGE_SIZES[0] && (
          <NativeSelect
            aria-label="Rows a page"
            size="xs"
            w={104}
            data={PAGE_SIZES.map((each) => ({ value: String(each), label: `${each} rows` }))}
            value={String(size)}
            onChange={(event) => onSize(Number(event.currentTarget.value))}
          />
        )}
        {pages > 1 && (
          <Pagination
            size="sm"
            total={pages}
            value={Math.floor(offset / size) + 1}
            onChange={onPage}
            getControlProps={(control) => ({
              'aria-label': control === 'next' ? 'Next page' : 'Previous page',
            })}
          />
        )}
      </Group>
    </div>
  );
}
