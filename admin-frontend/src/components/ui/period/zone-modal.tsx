import { Modal } from '@mantine/core';
import { useZone } from '@/lib/time/use-zone';
import { ZoneSelect } from './zone-select';

export default function ZoneModal({ onClose }: { onClose: () => void }) {
  const [zone, setZone] = useZone();
  return (
    <Modal opened onClose={onClose} title="Times are shown in">
      <ZoneSelect
        value={zone}
        onChange={setZone}
        description="For this browser. Links to reports carry their own."
        data-autofocus
      />
    </Modal>
  );
}
