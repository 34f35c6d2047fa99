import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { notifyDone } from '@/components/ui/feedback/notify';
import { ApiError, errorMessage } from '@/lib/api/error';
import { slugFrom } from '@/lib/format/slug';
import { useCloneCampaign } from '../api/clone-campaign';

type Props = { campaign: { id: string; name: string; slug: string }; onClose: () => void };

/** A copy with all its streams, under another name and slug. */
export function CloneDialog({ campaign, onClose }: Props) {
  const [name, setName] = useState(`Copy of ${campaign.name}`);
  const [slug, setSlug] = useState('');
  const { mutateAsync, isPending, error } = useCloneCampaign();
  const navigate = useNavigate();
  const fields = error instanceof ApiError ? error.fields : [];
  const errorAt = (field: string) => fields.find((each) => each.field === field)?.error;

  function submit(event: FormEvent) {
    event.preventDefault();
    event.stopPropagation();
    mutateAsync({ id: campaign.id, body: { name, slug: slug || null } }).then(
      (copy) => {
        notifyDone(`“${copy.name}” created`);
        onClose();
        void navigate({ to: '/campaigns/$id', params: { id: copy.id } });
      },
      () => undefined,
    );
  }

  return (
    <Modal opened onClose={onClose} title={`Clone “${campaign.name}”`}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label="Name"
            required
            data-autofocus
            value={name}
            error={errorAt('name') ?? (error && fields.length === 0 ? errorMessage(error) : undefined)}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label="Slug"
            placeholder={slugFrom(name)}
            description="Empty: made up from the original's"
            value={slug}
            error={errorAt('slug')}
            onChange={(event) => setSlug(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={isPending}>
              Clone
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
