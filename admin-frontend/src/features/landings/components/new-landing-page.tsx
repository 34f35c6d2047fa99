import { useNavigate } from '@tanstack/react-router';
import { PageHeader } from '@/components/ui/display/page-header';
import { notifyDone } from '@/components/ui/feedback/notify';
import { LandingForm } from './landing-form';

export function NewLandingPage() {
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title="New landing" parents={[{ label: 'Landings', to: '/landings' }]} />
      <LandingForm
        landing={undefined}
        onCancel={() => void navigate({ to: '/landings' })}
        onSaved={({ id, name }) => {
          notifyDone(`“${name}” created`);
          void navigate({ to: '/landings/$id', params: { id } });
        }}
      />
    </>
  );
}
