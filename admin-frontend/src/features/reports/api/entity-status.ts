/** The status of what a row is about: read when its menu opens, written over the revision that was read. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Status = Schemas['Status'];
export type Held = { id: string; name: string; status: Status; revision: number };

export const PAUSABLE = ['campaign', 'stream', 'destination', 'offer', 'landing'] as const;
export type Pausable = (typeof PAUSABLE)[number];

export function isPausable(dimension: string): dimension is Pausable {
  return PAUSABLE.some((each) => each === dimension);
}

export function heldOptions(kind: Pausable, id: string) {
  const at = { params: { path: { id } } };
  return queryOptions({
    queryKey: ['reports', 'held', kind, id],
    queryFn: async ({ signal }): Promise<Held> => {
      switch (kind) {
        case 'campaign':
          return answer(api.GET('/api/campaigns/{id}', { ...at, signal }));
        case 'stream':
          return answer(api.GET('/api/streams/{id}', { ...at, signal }));
        case 'landing':
          return answer(api.GET('/api/landings/{id}', { ...at, signal }));
        default:
          return answer(api.GET('/api/destinations/{id}', { ...at, signal }));
      }
    },
    staleTime: 0,
    retry: false,
  });
}

type Change = { kind: Pausable; id: string; status: Status; revision: number };

function write({ kind, id, status, revision }: Change): Promise<Held> {
  const asked = { params: { path: { id } }, body: { status, revision } };
  switch (kind) {
    case 'campaign':
      return answer(api.PATCH('/api/campaigns/{id}', asked));
    case 'stream':
      return answer(api.PATCH('/api/streams/{id}', asked));
    case 'landing':
      return answer(api.PATCH('/api/landings/{id}', asked));
    default:
      return answer(api.PATCH('/api/destinations/{id}', asked));
  }
}

export function useSetStatus() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSettled: (_, __, { kind }) =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['reports', 'held'] }),
        client.invalidateQueries({ queryKey: [kind === 'offer' ? 'destinations' : `${kind}s`] }),
        client.invalidateQueries({ queryKey: ['entities', kind === 'offer' ? 'destination' : kind] }),
      ]),
  });
}
