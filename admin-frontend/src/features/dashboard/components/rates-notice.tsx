import { Alert } from '@mantine/core';
import { IconCoins } from '@tabler/icons-react';
import { PageLink } from '@/components/ui/display/page-link';
import { useMay } from '@/lib/session/me';
import type { Overview } from '../api/overview';

/** Totals that are not whole, and why. */
export function RatesNotice({ overview }: { overview: Overview | undefined }) {
  const mayWrite = useMay('config:write');
  const missing = overview?.missing_rates ?? [];
  if (missing.length === 0 && !overview?.rates_pending) return null;
  return (
    <Alert color="yellow" variant="light" icon={<IconCoins size={18} />} py="xs">
      {missing.length > 0 ? (
        <>
          No rate for {missing.join(', ')}: amounts in {missing.length === 1 ? 'it' : 'them'} are in no total
          on this page.{' '}
          {mayWrite ? (
            <PageLink isInline to="/settings/rates">
              Add rates
            </PageLink>
          ) : (
            'Somebody who may change the configuration can add them under Currency rates.'
          )}
        </>
      ) : (
        'New currency rates are being taken over; totals follow within a minute.'
      )}
    </Alert>
  );
}
