import { Badge } from '@mantine/core';
import type { ReactNode } from 'react';

export type Tone = 'good' | 'bad' | 'warn' | 'info' | 'neutral';

const TONES: Record<Tone, { dot: string; text: string; ground: string }> = {
  good: { dot: 'var(--tf-good)', text: 'var(--tf-good)', ground: 'light-dark(#e6f6ee, #12291f)' },
  bad: { dot: 'var(--tf-bad)', text: 'var(--tf-bad)', ground: 'light-dark(#fdecec, #351a1d)' },
  warn: { dot: 'var(--tf-warn)', text: 'var(--tf-warn)', ground: 'light-dark(#fdf3dc, #332810)' },
  info: { dot: 'var(--tf-accent)', text: 'var(--tf-accent)', ground: 'light-dark(#e6f6f8, #12303a)' },
  neutral: {
    dot: 'var(--mantine-color-dimmed)',
    text: 'var(--mantine-color-dimmed)',
    ground: 'light-dark(#eff2f4, #1f2830)',
  },
};

/** Words of the API that mean the same everywhere. */
const KNOWN: Record<string, Tone> = {
  active: 'good',
  healthy: 'good',
  approved: 'good',
  verified: 'good',
  sale: 'good',
  ok: 'good',
  delivered: 'good',
  resolved: 'good',
  done: 'good',
  online: 'good',
  accepted: 'good',
  paused: 'warn',
  degraded: 'warn',
  pending: 'warn',
  pending_approval: 'warn',
  hold: 'warn',
  acknowledged: 'warn',
  retrying: 'warn',
  late: 'warn',
  duplicate: 'warn',
  unhealthy: 'bad',
  rejected: 'bad',
  failed: 'bad',
  error: 'bad',
  disabled: 'bad',
  firing: 'bad',
  silent: 'bad',
  refused: 'bad',
  open: 'bad',
  lead: 'info',
  updated: 'info',
  running: 'info',
  under_way: 'info',
  new: 'info',
};

export function words(name: string): string {
  const text = name.replaceAll('_', ' ');
  return (text.charAt(0).toUpperCase() + text.slice(1)).replace(/\b(http|url)\b/gi, (short) =>
    short.toUpperCase(),
  );
}

export function ToneBadge({ tone, children }: { tone: Tone; children: ReactNode }) {
  const { dot, text, ground } = TONES[tone];
  return (
    <Badge
      style={{ background: ground, color: text, minWidth: 'max-content' }}
      leftSection={
        <span
          aria-hidden
          style={{ display: 'block', width: 6, height: 6, borderRadius: 3, background: dot }}
        />
      }
    >
      {children}
    </Badge>
  );
}

/** A status of the API, in words and the tone that the word has everywhere. */
export function StatusBadge({ status, tone }: { status: string; tone?: Tone }) {
  return <ToneBadge tone={tone ?? KNOWN[status] ?? 'neutral'}>{words(status)}</ToneBadge>;
}
