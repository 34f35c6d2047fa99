import { Button, Modal, TextInput } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { PageHeader } from '@/components/ui/display/page-header';
import { May } from '@/components/ui/feedback/may';
import { notifyDone, notifyFailure } from '@/components/ui/feedback/notify';
import { notifyUndo } from '@/components/ui/feedback/undo';
import type { BulkAction, Column, RowAction } from '@/components/ui/list/column';
import { DataList } from '@/components/ui/list/data-list';
import { plural } from '@/lib/format/numbers';
import { listRequest } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMay } from '@/lib/session/me';
import { dayIn } from '@/lib/time/zone';
import { useDeleteRates } from '../api/delete-rates';
import { useRates, type Rate } from '../api/list-rates';
import { useSaveRates } from '../api/save-rates';
import { MissingRates } from './missing-rates';
import { RateForm } from './rate-form';
import type { RateSearch } from './rate-search';

const COLUMNS: Column<Rate>[] = [
  { id: 'currency', header: 'Currency', isFixed: true, cell: ({ currency }) => currency },
  { id: 'date', header: 'From', width: 110, cell: ({ date }) => <span className="tabular">{date}</span> },
  { id: 'rate', header: 'US dollars for one', width: 150, align: 'right', cell: ({ rate }) => rate },
];

const idOf = ({ currency, date }: Rate) => `${currency} ${date}`;
const nameOf = ({ currency, date }: Rate) => `${currency} from ${date}`;

type Open = { start: Partial<Rate>; isChange: boolean };

export function RatesPage({ search }: { search: RateSearch }) {
  const url = useUrlSearch(search);
  const { limit, offset } = listRequest(search);
  const query = useRates({
    limit,
    offset,
    ...(search.currency && { currency: search.currency.toUpperCase() }),
  });
  const [open, setOpen] = useState<Open>();
  const { mutateAsync: save } = useSaveRates();
  const { mutateAsync: remove } = useDeleteRates();
  const mayWrite = useMay('config:write');

  async function take(rates: Rate[]) {
    await remove(rates);
    const [first] = rates;
    const what = rates.length === 1 && first ? nameOf(first) : plural(rates.length, 'rate');
    notifyUndo(`${what} removed`, () => save(rates));
  }
  const add = (currency?: string) =>
    setOpen({ start: { currency, date: dayIn(new Date(), 'UTC') }, isChange: false });

  const rowActions = (rate: Rate): RowAction[] => [
    {
      label: 'Change the rate',
      icon: <IconPencil size={15} />,
      run: () => setOpen({ start: rate, isChange: true }),
    },
    {
      label: 'Remove',
      icon: <IconTrash size={15} />,
      isDangerous: true,
      run: () => void take([rate]).catch((error: unknown) => notifyFailure('Not removed', error)),
    },
  ];
  const bulk: BulkAction<Rate>[] = [
    { label: 'Remove', icon: <IconTrash size={15} />, isDangerous: true, run: take },
  ];
  const create = (
    <May permission="config:write">
      <Button leftSection={<IconPlus size={16} />} onClick={() => add()}>
        Add a rate
      </Button>
    </May>
  );

  return (
    <>
      <PageHeader
        title="Currency rates"
        description="What one unit of a currency is worth in US dollars, from a day on until its next rate."
        actions={create}
      />
      <MissingRates onAdd={add} />
      <DataList
        name="rates"
        noun="rates"
        columns={COLUMNS}
        query={query}
        url={url}
        rowId={idOf}
        rowName={nameOf}
        rowActions={mayWrite ? rowActions : undefined}
        bulk={mayWrite ? bulk : undefined}
        hasSearch={false}
        filters={
          <CurrencyFilter
            key={search.currency ?? ''}
            value={search.currency}
            onChange={(currency) => url.change({ currency })}
          />
        }
        empty={{
          title: 'No rates yet',
          text: 'Amounts in US dollars need none. Add a rate for each other currency that you are paid in, or pay in.',
          action: create,
        }}
      />
      <Modal
        opened={open !== undefined}
        onClose={() => setOpen(undefined)}
        title={open?.isChange ? 'Change the rate' : 'Add a rate'}
        size="lg"
      >
        {open && (
          <RateForm
            start={open.start}
            isChange={open.isChange}
            onCancel={() => setOpen(undefined)}
            onSaved={(rate, isUsed) => {
              setOpen(undefined);
              notifyDone(`${nameOf(rate)} saved${isUsed ? '' : '; reports will use it shortly'}`);
            }}
          />
        )}
      </Modal>
    </>
  );
}

type FilterProps = { value: string | undefined; onChange: (currency: string | undefined) => void };

/** Filters once there are three letters, since the API knows whole codes only. */
function CurrencyFilter({ value, onChange }: FilterProps) {
  const [text, setText] = useState(value ?? '');
  return (
    <TextInput
      type="search"
      aria-label="Currency"
      placeholder="Currency, such as EUR"
      w={200}
      maxLength={3}
      value={text}
      onChange={(event) => {
        const next = event.currentTarget.value.toUpperCase();
        setText(next);
        if (next === '' && value) onChange(undefined);
        if (/^[A-Z]{3}$/.test(next) && next !== value) onChange(next);
      }}
    />
  );
}
