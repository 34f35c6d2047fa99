import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type ImportAnswer = Schemas['ImportAnswer'];
export type ImportMode = Schemas['ImportMode'];
export type WorkspaceFile = Schemas['WorkspaceFile'];

type Asked = { file: WorkspaceFile; mode: ImportMode };

/** All of the file or nothing. `dry_run` only says what would be written. */
export function useImportWorkspace() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ file, mode }: Asked) =>
      answer(api.POST('/api/workspace/import', { params: { query: { mode } }, body: file })),
    onSuccess: async ({ mode }) => {
      // Anything may be another now.
      if (mode === 'merge') await client.invalidateQueries();
    },
  });
}
