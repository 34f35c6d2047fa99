import { useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

const SHOWN = 10;

/** Either those that a network sent, or those that a webhook was sent. */
export type Of = { network_id: string } | { target_id: string };

export function useRecentPostbacks(of: Of) {
  const query = { ...of, ...('network_id' in of && { direction: 'inbound' }), limit: SHOWN };
  return useQuery({
    queryKey: ['postback-logs', 'recent', query],
    queryFn: ({ signal }) => answer(api.GET('/api/postback-logs', { params: { query }, signal })),
  });
}
