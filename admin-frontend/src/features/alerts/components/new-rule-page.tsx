import { useNavigate } from '@tanstack/react-router';
import { PageHeader } from '@/components/ui/display/page-header';
import { notifyDone } from '@/components/ui/feedback/notify';
import { RuleForm } from './rule-form';

const PARENTS = [
  { label: 'Alerts', to: '/alerts' },
  { label: 'Rules', to: '/alerts/rules' },
];

export function NewRulePage() {
  const navigate = useNavigate();
  return (
    <>
      <PageHeader
        title="New alert rule"
        parents={PARENTS}
        description="It begins as a dry run. Test it once it is created."
      />
      <RuleForm
        rule={undefined}
        onCancel={() => void navigate({ to: '/alerts/rules' })}
        onSaved={({ id, name }) => {
          notifyDone(`“${name}” created`);
          void navigate({ to: '/alerts/rules/$id', params: { id } });
        }}
      />
    </>
  );
}
