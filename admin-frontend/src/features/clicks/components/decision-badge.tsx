import { StatusBadge, type Tone } from '@/components/ui/display/status-badge';

const TONES: Record<string, Tone> = {
  routed: 'good',
  reported: 'good',
  landing_click: 'info',
  trafficback: 'warn',
  fallback: 'warn',
  no_route: 'bad',
  blocked: 'bad',
  trafficback_limit: 'bad',
};

export function DecisionBadge({ decision }: { decision: string }) {
  return <StatusBadge status={decision} tone={TONES[decision] ?? 'neutral'} />;
}
