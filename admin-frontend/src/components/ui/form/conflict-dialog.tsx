import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { DiffView } from '../display/diff-view';

type Props = {
  form: {
    closeConflict: () => void;
    takeTheirs: () => void;
    keepMine: () => Promise<void>;
    isSaving: boolean;
  };
  conflict: { base: unknown; mine: unknown; theirs: unknown };
  labels?: Record<string, string>;
};

export default function ConflictDialog({ form, conflict, labels }: Props) {
  return (
    <Modal opened onClose={form.closeConflict} title="Somebody else changed this meanwhile" size="xl">
      <Stack gap="md">
        <Text size="sm">
          Compare both versions. Keeping yours overwrites theirs; taking theirs drops what you changed here.
        </Text>
        <DiffView base={conflict.base} mine={conflict.mine} theirs={conflict.theirs} labels={labels} />
        <Group justify="flex-end">
          <Button variant="subtle" color="gray" onClick={form.closeConflict}>
            Back to the form
          </Button>
          <Button variant="default" onClick={form.takeTheirs}>
            Take theirs
          </Button>
          <Button loading={form.isSaving} onClick={() => void form.keepMine()}>
            Keep mine
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
