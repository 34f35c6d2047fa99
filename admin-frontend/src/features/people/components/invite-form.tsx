import * as z from 'zod/mini';
import { Stack } from '@mantine/core';
import { EntityForm } from '@/components/ui/form/entity-form';
import { TextField } from '@/components/ui/form/fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { notifyDone } from '@/components/ui/feedback/notify';
import { useInviteMember } from '../api/invite-member';
import { RoleFields } from './role-fields';
import { roleValues, sentRole } from './roles';

const schema = z.object({
  email: z.string().check(z.trim(), z.regex(/^\S+@\S+\.\S+$/, 'An e-mail address')),
  ...roleValues,
});

type Values = z.infer<typeof schema>;

const EMPTY: Values = { email: '', role: 'analyst', mask_money: false };
const LABELS = { email: 'E-mail', role: 'Role', mask_money: 'Hide amounts' };
const toValues = () => EMPTY;

export function InviteForm({ onClose }: { onClose: () => void }) {
  const { mutateAsync: invite } = useInviteMember();
  const form = useEntityForm({
    schema,
    entity: undefined,
    toValues,
    // An invitation has no revision: it is made once.
    save: async ({ email, ...role }) => ({ revision: 0, ...(await invite({ email, ...sentRole(role) })) }),
    onSaved: ({ email, mail_sent }) => {
      notifyDone(
        mail_sent
          ? `${email} is a member now, and was told by mail`
          : `${email} is a member now. No mail could be sent: tell them to sign in`,
      );
      onClose();
    },
  });
  return (
    <EntityForm form={form} submitLabel="Invite" onCancel={onClose} labels={LABELS} isShort>
      <Stack gap="md">
        <TextField
          control={form.control}
          name="email"
          label="E-mail"
          type="email"
          required
          data-autofocus
          description="They sign in with a code that is mailed there. No password."
        />
        <RoleFields control={form.control} roleField="role" maskField="mask_money" />
      </Stack>
    </EntityForm>
  );
}
