import { Button, Group, Modal, Text } from '@mantine/core';

type Props = { onStay: () => void; onLeave: () => void };

export default function LeaveDialog({ onStay, onLeave }: Props) {
  return (
    <Modal opened onClose={onStay} title="Leave without saving?">
      <Text size="sm">What you changed on this page is lost when you leave.</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onStay} data-autofocus>
          Stay
        </Button>
        <Button color="red" onClick={onLeave}>
          Leave
        </Button>
      </Group>
    </Modal>
  );
}
