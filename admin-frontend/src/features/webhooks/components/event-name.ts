import { words } from '@/components/ui/display/status-badge';

/** `destination.unhealthy` as people say it. */
export function eventName(event: string): string {
  return words(event.replaceAll('.', ' '));
}
