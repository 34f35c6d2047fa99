import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { PageHeader } from '@/components/ui/display/page-header';
import { notifyDone } from '@/components/ui/feedback/notify';
import type { Network } from '../api/network';
import type { NetworkPreset } from '../api/network-presets';
import { FromPresetForm } from './from-preset-form';
import { NetworkForm } from './network-form';
import { PresetGallery } from './preset-gallery';

const PARENTS = [{ label: 'Networks', to: '/networks' }];

export function NewNetworkPage() {
  const [chosen, setChosen] = useState<{ preset: NetworkPreset | undefined }>();
  const navigate = useNavigate();
  const leave = () => void navigate({ to: '/networks' });
  const saved = ({ id, name }: Network) => {
    notifyDone(`“${name}” created`);
    void navigate({ to: '/networks/$id', params: { id } });
  };
  return (
    <>
      <PageHeader title="New network" parents={PARENTS} />
      {!chosen ? (
        <PresetGallery onChoose={(preset) => setChosen({ preset })} />
      ) : chosen.preset ? (
        <FromPresetForm
          preset={chosen.preset}
          onOther={() => setChosen(undefined)}
          onCancel={leave}
          onSaved={saved}
        />
      ) : (
        <NetworkForm network={undefined} onCancel={leave} onSaved={saved} />
      )}
    </>
  );
}
