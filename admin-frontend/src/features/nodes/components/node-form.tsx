import { Modal, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { EntityForm } from '@/components/ui/form/entity-form';
import { TextareaField, TextField } from '@/components/ui/form/fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { notifyDone } from '@/components/ui/feedback/notify';
import type { Node } from '../api/list-nodes';
import { useNameNode } from '../api/name-node';
import { nodeOptions } from '../api/node';

const schema = z.object({ name: z.string(), notes: z.string() });
const LABELS = { name: 'Name', notes: 'Notes' };

type Named = Pick<Node, 'node_id' | 'revision' | 'name' | 'notes'>;

const toValues = (node: Named | undefined) => ({ name: node?.name ?? '', notes: node?.notes ?? '' });

export function NodeForm({ node, onClose }: { node: Named; onClose: () => void }) {
  const client = useQueryClient();
  const { mutateAsync: write } = useNameNode();
  const form = useEntityForm({
    schema,
    entity: node,
    toValues,
    save: ({ name, notes }, revision): Promise<Named> =>
      write({
        id: node.node_id,
        body: { name: name || null, notes: notes || null, revision: revision ?? node.revision },
      }),
    reload: (): Promise<Named> => client.fetchQuery({ ...nodeOptions(node.node_id), staleTime: 0 }),
    onSaved: () => {
      notifyDone('Saved');
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={`Name and notes of ${node.node_id}`}>
      <EntityForm form={form} labels={LABELS} onCancel={onClose} isShort>
        <Stack gap="sm">
          <TextField
            control={form.control}
            name="name"
            label="Name"
            placeholder={node.node_id}
            description="Shown instead of what it calls itself"
            data-autofocus
          />
          <TextareaField control={form.control} name="notes" label="Notes" />
        </Stack>
      </EntityForm>
    </Modal>
  );
}
