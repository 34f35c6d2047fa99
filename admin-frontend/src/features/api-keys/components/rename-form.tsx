import { useQueryClient } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { EntityForm } from '@/components/ui/form/entity-form';
import { TextField } from '@/components/ui/form/fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { notifyDone } from '@/components/ui/feedback/notify';
import { keyOptions } from '../api/key';
import type { ApiKey } from '../api/list-keys';
import { useRenameKey } from '../api/rename-key';

const schema = z.object({ name: z.string().check(z.trim(), z.minLength(1, 'Say what it is for')) });
const LABELS = { name: 'Name' };

const toValues = (key: ApiKey | undefined) => ({ name: key?.name ?? '' });

export function RenameForm({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const client = useQueryClient();
  const { mutateAsync: rename } = useRenameKey();
  const form = useEntityForm({
    schema,
    entity: apiKey,
    toValues,
    save: ({ name }, revision) => rename({ id: apiKey.id, name, revision: revision ?? apiKey.revision }),
    reload: () => client.fetchQuery({ ...keyOptions(apiKey.id), staleTime: 0 }),
    onSaved: ({ name }) => {
      notifyDone(`The key is called “${name}” now`);
      onClose();
    },
  });
  return (
    <EntityForm form={form} submitLabel="Rename" onCancel={onClose} labels={LABELS} isShort>
      <TextField control={form.control} name="name" label="Name" required data-autofocus />
    </EntityForm>
  );
}
