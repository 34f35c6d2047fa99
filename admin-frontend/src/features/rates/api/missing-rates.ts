import { useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import { addDays, dayIn } from '@/lib/time/zone';

const DAYS = 90;

/** The currencies of the last three months that have amounts and no rate, as reports find them. */
export function useMissingRates(isAllowed: boolean) {
  const today = dayIn(new Date(), 'UTC');
  const query = {
    from: `${addDays(today, -DAYS)}T00:00:00Z`,
    to: `${addDays(today, 1)}T00:00:00Z`,
    timezone: 'UTC',
  };
  return useQuery({
    queryKey: ['rates', 'missing', query],
    queryFn: async ({ signal }) => {
      const overview = await answer(api.GET('/api/reports/overview', { params: { query }, signal }));
      // A text is CSV, which was not asked for.
      if (typeof overview === 'string') return { missing: [], isPending: false };
      return { missing: overview.missing_rates, isPending: overview.rates_pending };
    },
    enabled: isAllowed,
  });
}
