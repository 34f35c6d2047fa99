import * as z from 'zod/mini';
import { EntityForm } from '@/components/ui/form/entity-form';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { notifyDone } from '@/components/ui/feedback/notify';
import { useChangeMember } from '../api/change-member';
import type { Member } from '../api/list-members';
import { RoleFields } from './role-fields';
import { ROLE_TEXTS, roleValues, sentRole } from './roles';

const schema = z.object(roleValues);
const LABELS = { role: 'Role', mask_money: 'Hide amounts' };

type Props = { member: Member; onClose: () => void };

export function MemberForm({ member, onClose }: Props) {
  const { mutateAsync: change } = useChangeMember();
  const form = useEntityForm({
    schema,
    entity: undefined,
    start: { role: member.role, mask_money: member.mask_money },
    toValues: () => ({ role: member.role, mask_money: member.mask_money }),
    // A membership has no revision: of two changes the later one stays.
    save: async (values) => ({ revision: 0, ...(await change({ id: member.id, ...sentRole(values) })) }),
    onSaved: ({ role }) => {
      notifyDone(`${member.name || member.email}: ${ROLE_TEXTS[role].label}, from their next request on`);
      onClose();
    },
  });
  return (
    <EntityForm form={form} submitLabel="Change role" onCancel={onClose} labels={LABELS} isShort>
      <RoleFields control={form.control} roleField="role" maskField="mask_money" />
    </EntityForm>
  );
}
