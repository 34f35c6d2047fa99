import { Text } from '@mantine/core';
import { StatusBadge } from '@/components/ui/display/status-badge';
import type { Destination } from '../api/destination';

/** What nodes agree on; nothing is claimed of what nobody probes. */
export function HealthBadge({ destination: { health, health_check } }: { destination: Destination }) {
  if (health_check.enabled) return <StatusBadge status={health.current} />;
  return (
    <Text component="span" size="sm" c="dimmed">
      Not probed
    </Text>
  );
}
