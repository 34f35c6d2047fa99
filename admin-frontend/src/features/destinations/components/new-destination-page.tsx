import { useNavigate } from '@tanstack/react-router';
import { PageHeader } from '@/components/ui/display/page-header';
import { notifyDone } from '@/components/ui/feedback/notify';
import { DestinationForm } from './destination-form';

export function NewDestinationPage() {
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title="New destination" parents={[{ label: 'Destinations', to: '/destinations' }]} />
      <DestinationForm
        destination={undefined}
        onCancel={() => void navigate({ to: '/destinations' })}
        onSaved={({ id, name }) => {
          notifyDone(`“${name}” created`);
          void navigate({ to: '/destinations/$id', params: { id } });
        }}
      />
    </>
  );
}
