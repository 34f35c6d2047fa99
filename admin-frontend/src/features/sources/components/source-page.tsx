import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { EntityFacts } from '@/components/ui/entity/entity-facts';
import { EntityPage } from '@/components/ui/entity/entity-page';
import { notifyDone } from '@/components/ui/feedback/notify';
import { sourceOptions, type Source } from '../api/source';
import { SourceForm } from './source-form';
import { useSourceActions } from './use-source-actions';

const PARENTS = [{ label: 'Traffic sources', to: '/sources' }];
const nameOf = ({ name }: Source) => name;

export function SourcePage({ id }: { id: string }) {
  const query = useQuery(sourceOptions(id));
  const navigate = useNavigate();
  const { pageActions } = useSourceActions();
  return (
    <EntityPage
      query={query}
      nameOf={nameOf}
      parents={PARENTS}
      actions={(source) => pageActions(source, () => void navigate({ to: '/sources' }))}
    >
      {(source) => (
        <>
          <SourceForm key={id} source={source} onSaved={({ name }) => notifyDone(`“${name}” saved`)} />
          <EntityFacts of={source} />
        </>
      )}
    </EntityPage>
  );
}
