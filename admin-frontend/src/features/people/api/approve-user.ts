import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

type Approval = { id: string; workspaceId: string; role: Schemas['Role']; mask_money: boolean };

/** Lets somebody in as a member of the workspace, which need not be the one that is open. */
export function useApproveUser() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, workspaceId, ...body }: Approval) =>
      answer(
        api.POST('/api/users/{id}/approve', {
          params: { path: { id } },
          headers: { 'X-Workspace-Id': workspaceId },
          body,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['people'] }),
  });
}
