import { Stack } from '@mantine/core';
import * as z from 'zod/mini';
import { notifyDone } from '@/components/ui/feedback/notify';
import { CurrencyField } from '@/components/ui/form/currency-field';
import { EntityForm } from '@/components/ui/form/entity-form';
import { SwitchField, TextField } from '@/components/ui/form/fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { useCurrency } from '@/lib/session/me';
import { useCreateWorkspace } from '../api/create-workspace';

const schema = z.object({
  name: z.string().check(z.trim(), z.minLength(1, 'Give it a name')),
  currency: z.string().check(z.regex(/^[A-Z]{3}$/, 'A currency')),
  isOpened: z.boolean(),
});

const LABELS = { name: 'Name', currency: 'Currency' };

type Props = { onClose: () => void; onOpen: (id: string) => void };

export function WorkspaceForm({ onClose, onOpen }: Props) {
  const { mutateAsync: create } = useCreateWorkspace();
  const start = { name: '', currency: useCurrency(), isOpened: true };
  const form = useEntityForm({
    schema,
    entity: undefined,
    start,
    toValues: () => start,
    // The answer has no revision: the workspace is edited on its own page.
    save: async ({ isOpened, ...body }) => ({ revision: 0, isOpened, ...(await create(body)) }),
    onSaved: ({ id, name, isOpened }) => {
      notifyDone(`“${name}” is made, and you own it`);
      onClose();
      if (isOpened) onOpen(id);
    },
  });
  const { control } = form;
  return (
    <EntityForm form={form} submitLabel="Make the workspace" onCancel={onClose} labels={LABELS} isShort>
      <Stack gap="md">
        <TextField control={control} name="name" label="Name" required data-autofocus />
        <CurrencyField
          control={control}
          name="currency"
          label="Currency"
          description="Of its reports. It can be changed later."
        />
        <SwitchField control={control} name="isOpened" label="Open it now" />
      </Stack>
    </EntityForm>
  );
}
