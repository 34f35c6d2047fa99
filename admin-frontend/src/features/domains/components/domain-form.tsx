import { Card, SimpleGrid } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { EntityForm } from '@/components/ui/form/entity-form';
import { TextField } from '@/components/ui/form/fields';
import { StatusField } from '@/components/ui/form/status-field';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { useMay } from '@/lib/session/me';
import { domainOptions, type Domain } from '../api/domain';
import { useSaveDomain } from '../api/save-domain';

const schema = z.object({
  host: z
    .string()
    .check(
      z.trim(),
      z.minLength(1, 'Such as go.example.com'),
      z.regex(/^[^/:*\s]+\.[^/:*\s]+$/, 'A host name with a dot in it; no scheme, port or path'),
    ),
  status: z.enum(['active', 'paused', 'archived']),
});

type Values = z.infer<typeof schema>;

const LABELS: Record<string, string> = { host: 'Host', status: 'Status' };

function toValues(domain: Domain | undefined): Values {
  return { host: domain?.host ?? '', status: domain?.status ?? 'active' };
}

type Props = { domain: Domain | undefined; onSaved: (domain: Domain) => void; onCancel?: () => void };

export function DomainForm({ domain, onSaved, onCancel }: Props) {
  const client = useQueryClient();
  const { mutateAsync: save } = useSaveDomain();
  const mayWrite = useMay('config:write');
  const form = useEntityForm({
    schema,
    entity: domain,
    toValues,
    save: (input, revision) =>
      save({ input, existing: domain && revision !== undefined ? { id: domain.id, revision } : undefined }),
    reload: domain && (() => client.fetchQuery({ ...domainOptions(domain.id), staleTime: 0 })),
    onSaved,
  });
  return (
    <EntityForm
      form={form}
      submitLabel={domain ? 'Save' : 'Add domain'}
      onCancel={onCancel}
      labels={LABELS}
      isReadOnly={!mayWrite}
    >
      <Card>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextField
            control={form.control}
            name="host"
            label="Host"
            required
            autoFocus={!domain}
            placeholder="go.example.com"
            description={domain ? 'Another host has to be proven anew' : undefined}
          />
          <StatusField control={form.control} name="status" />
        </SimpleGrid>
      </Card>
    </EntityForm>
  );
}
