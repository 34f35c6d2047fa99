/** What two people changed, side by side; or, without `theirs`, what one version has become. */
import { Table, Text } from '@mantine/core';
import { diff, isSame, threeWay } from '@/lib/form/diff';
import { labelOf } from '../form/error-summary';

/** It scrolls sideways on phones, and has nothing in it to focus. */
const BY_KEYBOARD = { viewportProps: { tabIndex: 0 } };

type Labels = Record<string, string> | undefined;

export function valueText(value: unknown): string {
  if (value === undefined || value === null || value === '') return '(empty)';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object'))
    return value.length ? value.join(', ') : '(empty)';
  return JSON.stringify(value, null, 1);
}

function Value({ value, tone }: { value: unknown; tone?: 'good' | 'bad' }) {
  return (
    <Text
      size="sm"
      component="span"
      style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', color: tone && `var(--tf-${tone})` }}
    >
      {valueText(value)}
    </Text>
  );
}

export function DiffView({
  base,
  mine,
  theirs,
  labels,
}: {
  base: unknown;
  mine: unknown;
  theirs: unknown;
  labels?: Labels;
}) {
  const rows = threeWay(base, mine, theirs);
  return (
    <Table.ScrollContainer minWidth={520} scrollAreaProps={BY_KEYBOARD}>
      <Table aria-label="Both versions" layout="fixed">
        <Table.Thead>
          <Table.Tr>
            {['Field', 'Before', 'Yours', 'Theirs'].map((title) => (
              <Table.Th key={title} scope="col">
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ path, base: before, mine: my, theirs: their }) => (
            <Table.Tr key={path}>
              <Table.Th scope="row" fw={500}>
                {labelOf(path, labels)}
              </Table.Th>
              <Table.Td>
                <Value value={before} />
              </Table.Td>
              <Table.Td fw={isSame(my, before) ? undefined : 600}>
                <Value value={my} tone={isSame(my, before) ? undefined : 'good'} />
              </Table.Td>
              <Table.Td fw={isSame(their, before) ? undefined : 600}>
                <Value value={their} tone={isSame(their, before) ? undefined : 'bad'} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** Two versions, for histories and audit logs. */
export function ChangesView({ before, after, labels }: { before: unknown; after: unknown; labels?: Labels }) {
  const rows = diff(before, after);
  if (rows.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No difference
      </Text>
    );
  return (
    <Table.ScrollContainer minWidth={420} scrollAreaProps={BY_KEYBOARD}>
      <Table aria-label="Changes" layout="fixed">
        <Table.Thead>
          <Table.Tr>
            {['Field', 'Before', 'After'].map((title) => (
              <Table.Th key={title} scope="col">
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ path, before: old, after: now }) => (
            <Table.Tr key={path}>
              <Table.Th scope="row" fw={500}>
                {labelOf(path, labels)}
              </Table.Th>
              <Table.Td>
                <Value value={old} tone="bad" />
              </Table.Td>
              <Table.Td>
                <Value value={now} tone="good" />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
