import { useMutation } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Reload = Schemas['CacheReload'];

export function useReloadNodes() {
  return useMutation({ mutationFn: () => answer(api.POST('/api/traffic/cache/reload')) });
}
