import { useMutation } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

function test(id: string) {
  return answer(api.POST('/api/alert-rules/{id}/test', { params: { path: { id } } }));
}

export type RuleTest = Awaited<ReturnType<typeof test>>;

/** Measures now, and says what the actions would come to. Changes nothing. */
export function useTestRule() {
  return useMutation({ mutationFn: test });
}
