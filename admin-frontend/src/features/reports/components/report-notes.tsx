/** What the API says of its figures: amounts that are missing, and rates that are not used yet. */
import { Alert } from '@mantine/core';
import { IconAlertTriangle, IconClock } from '@tabler/icons-react';
import type { Schemas } from '@/lib/api/client';
import { Warning } from './warning';

export function ReportNotes({
  notes,
}: {
  notes: Pick<Schemas['ReportNotes'], 'missing_rates' | 'rates_pending'> | undefined;
}) {
  if (!notes) return null;
  return (
    <>
      {notes.missing_rates.length > 0 && (
        <Warning icon={<IconAlertTriangle size={18} />} title="Some amounts are missing">
          There is no rate for {notes.missing_rates.join(', ')}: amounts in{' '}
          {notes.missing_rates.length === 1 ? 'it' : 'them'} are in no figure here. Add rates under Currency
          rates.
        </Warning>
      )}
      {notes.rates_pending && (
        <Alert variant="light" icon={<IconClock size={18} />} title="New rates are on their way">
          Rates were changed a moment ago, and reports do not use them yet. Refresh shortly.
        </Alert>
      )}
    </>
  );
}
