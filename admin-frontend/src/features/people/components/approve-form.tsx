import { Alert, Stack } from '@mantine/core';
import * as z from 'zod/mini';
import { EntityForm } from '@/components/ui/form/entity-form';
import { SelectField } from '@/components/ui/form/fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { notifyDone } from '@/components/ui/feedback/notify';
import { useMe } from '@/lib/session/me';
import { useApproveUser } from '../api/approve-user';
import type { User } from '../api/list-users';
import { RoleFields } from './role-fields';
import { roleValues, sentRole, type Role } from './roles';

const schema = z.object({ workspace: z.string().check(z.minLength(1, 'Which workspace?')), ...roleValues });
const LABELS = { workspace: 'Workspace', role: 'Role', mask_money: 'Hide amounts' };
const NEWCOMER: Role = 'analyst';

/** Those who wait are let in as members of a workspace that the caller runs. */
export function ApproveForm({ user, onClose }: { user: User; onClose: () => void }) {
  const { mutateAsync: approve } = useApproveUser();
  const me = useMe();
  const mine = me?.workspaces.filter(({ role }) => role === 'owner' || role === 'admin') ?? [];
  const start = {
    workspace: mine.find(({ id }) => id === me?.workspace?.id)?.id ?? mine[0]?.id ?? '',
    role: NEWCOMER,
    mask_money: false,
  };
  const form = useEntityForm({
    schema,
    entity: undefined,
    start,
    toValues: () => start,
    save: async ({ workspace, ...role }) => ({
      revision: 0,
      workspace,
      user: await approve({ id: user.id, workspaceId: workspace, ...sentRole(role) }),
    }),
    onSaved: ({ workspace }) => {
      const name = mine.find(({ id }) => id === workspace)?.name ?? '';
      notifyDone(`${user.email} is let in, as a member of “${name}”`);
      onClose();
    },
  });
  if (mine.length === 0)
    return <Alert color="yellow">You run no workspace that they could become a member of.</Alert>;
  return (
    <EntityForm form={form} submitLabel="Approve" onCancel={onClose} labels={LABELS} isShort>
      <Stack gap="md">
        <SelectField
          control={form.control}
          name="workspace"
          label="Workspace"
          data={mine.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <RoleFields control={form.control} roleField="role" maskField="mask_money" />
      </Stack>
    </EntityForm>
  );
}
