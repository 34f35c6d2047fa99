import { useNavigate } from '@tanstack/react-router';
import { PageHeader } from '@/components/ui/display/page-header';
import { notifyDone } from '@/components/ui/feedback/notify';
import { DomainForm } from './domain-form';

export function NewDomainPage() {
  const navigate = useNavigate();
  return (
    <>
      <PageHeader
        title="New domain"
        parents={[{ label: 'Domains', to: '/domains' }]}
        description="The DNS records to set are shown on the next page."
      />
      <DomainForm
        domain={undefined}
        onCancel={() => void navigate({ to: '/domains' })}
        onSaved={({ id, host }) => {
          notifyDone(`“${host}” added`);
          void navigate({ to: '/domains/$id', params: { id } });
        }}
      />
    </>
  );
}
