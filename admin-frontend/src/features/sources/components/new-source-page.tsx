import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { PageHeader } from '@/components/ui/display/page-header';
import { notifyDone } from '@/components/ui/feedback/notify';
import type { SourcePreset } from '../api/source-presets';
import { presetValues } from './preset-values';
import { PresetGallery, PresetNotes } from './preset-gallery';
import { SourceForm } from './source-form';

const PARENTS = [{ label: 'Traffic sources', to: '/sources' }];

export function NewSourcePage() {
  const [isChosen, setChosen] = useState(false);
  const [preset, setPreset] = useState<SourcePreset>();
  const navigate = useNavigate();

  return (
    <>
      <PageHeader title="New traffic source" parents={PARENTS} />
      {!isChosen && (
        <PresetGallery
          onChoose={(chosen) => {
            setPreset(chosen);
            setChosen(true);
          }}
        />
      )}
      {isChosen && preset && <PresetNotes preset={preset} onOther={() => setChosen(false)} />}
      {isChosen && (
        <SourceForm
          source={undefined}
          start={preset && presetValues(preset)}
          onCancel={() => void navigate({ to: '/sources' })}
          onSaved={({ id, name }) => {
            notifyDone(`“${name}” created`);
            void navigate({ to: '/sources/$id', params: { id } });
          }}
        />
      )}
    </>
  );
}
