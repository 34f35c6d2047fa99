import { Button, Group, Modal, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ApiError, errorMessage } from '@/lib/api/error';
import type { SavedViewInput } from '../api/saved-views';
import { movesWithClock } from '../model/view';
import { useReportPage } from './report-context';

type Named = Pick<SavedViewInput, 'name' | 'visibility'>;
type Props = { title: string; initial: Named; onClose: () => void; onSave: (named: Named) => Promise<void> };

const MOST_CHARACTERS = 100;

/** The name of a view, and who sees it. */
export function SaveViewForm({ title, initial, onClose, onSave }: Props) {
  const { state } = useReportPage();
  const [name, setName] = useState(initial.name);
  const [isShared, setShared] = useState(initial.visibility === 'shared');
  const [error, setError] = useState<unknown>();
  const [isSaving, setSaving] = useState(false);
  const ofName =
    error instanceof ApiError ? error.fields.find(({ field }) => field === 'name')?.error : undefined;

  async function save() {
    if (name.trim() === '')
      return setError(new ApiError(400, 'empty', 'A name', [{ field: 'name', error: 'Give it a name' }]));
    setSaving(true);
    try {
      await onSave({ name: name.trim(), visibility: isShared ? 'shared' : 'private' });
      onClose();
    } catch (failure) {
      setError(failure);
      setSaving(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            data-autofocus
            maxLength={MOST_CHARACTERS}
            value={name}
            error={ofName}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Switch
            label="Shared with everybody in this workspace"
            checked={isShared}
            onChange={(event) => setShared(event.currentTarget.checked)}
          />
          {initial.name === '' && (
            <Text size="xs" c="dimmed">
              {movesWithClock(state)
                ? 'Its period moves with the clock. Chart and colours are not part of a view.'
                : 'It keeps exactly these days. Chart and colours are not part of a view.'}
            </Text>
          )}
          {error !== undefined && !ofName && (
            <Text size="sm" c="var(--tf-bad)" role="alert">
              {errorMessage(error)}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={isSaving}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
