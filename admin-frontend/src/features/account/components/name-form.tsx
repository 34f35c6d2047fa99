import * as z from 'zod/mini';
import { Card } from '@mantine/core';
import { EntityForm } from '@/components/ui/form/entity-form';
import { TextField } from '@/components/ui/form/fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { notifyDone } from '@/components/ui/feedback/notify';
import { useRenameMe } from '../api/rename-me';

const schema = z.object({ name: z.string().check(z.trim(), z.minLength(1, 'What are you called?')) });
const LABELS = { name: 'Name' };

export function NameForm({ name }: { name: string }) {
  const { mutateAsync: rename } = useRenameMe();
  const form = useEntityForm({
    schema,
    entity: undefined,
    start: { name },
    toValues: () => ({ name }),
    // Nobody but oneself changes it: there is no revision.
    save: async (values) => {
      const me = await rename(values.name);
      return { revision: 0, name: me.user?.name ?? '' };
    },
    onSaved: (saved) => {
      form.form.reset({ name: saved.name });
      notifyDone(`You are called ${saved.name} now`);
    },
  });
  return (
    <Card>
      <EntityForm form={form} labels={LABELS} isShort>
        <TextField
          control={form.control}
          name="name"
          label="Name"
          maw={420}
          autoComplete="name"
          description="As other members and the audit log see you; your address until you have one."
        />
      </EntityForm>
    </Card>
  );
}
