import { Group } from '@mantine/core';
import { LinkButton } from '@/components/ui/display/links';
import { useMay } from '@/lib/session/me';

/** Alerts and the rules that open them: two pages of one subject. */
export function AlertTabs({ current }: { current: 'alerts' | 'rules' }) {
  const mayRead = useMay('config:read');
  if (!mayRead) return null;
  return (
    <Group component="nav" aria-label="Alerts and rules" gap={4} mb="sm">
      <LinkButton
        to="/alerts"
        size="compact-sm"
        variant={current === 'alerts' ? 'light' : 'subtle'}
        aria-current={current === 'alerts' ? 'page' : undefined}
      >
        Alerts
      </LinkButton>
      <LinkButton
        to="/alerts/rules"
        size="compact-sm"
        variant={current === 'rules' ? 'light' : 'subtle'}
        aria-current={current === 'rules' ? 'page' : undefined}
      >
        Rules
      </LinkButton>
    </Group>
  );
}
