/** What picture and list say of a stream or a target, in the same words. */
import { Badge, Text } from '@mantine/core';
import { StatusBadge, type Tone } from '@/components/ui/display/status-badge';
import type { FlowStream, FlowTarget, StreamOutcome } from '../model/flow';
import classes from './flow.module.css';

export function StreamTitle({ stream }: { stream: FlowStream }) {
  return (
    <span className={classes.title}>
      <span className={classes.order} aria-label={`Number ${stream.order}`}>
        {stream.order}
      </span>
      <Text component="span" size="sm" fw={600} truncate>
        {stream.name || 'Without a name'}
      </Text>
      {stream.kind !== 'regular' && (
        <Badge variant="default" size="sm">
          {stream.kind}
        </Badge>
      )}
      {stream.status !== 'active' && <StatusBadge status={stream.status} />}
    </span>
  );
}

const OUTCOMES: Record<StreamOutcome['kind'], string> = {
  taken: 'var(--tf-good)',
  failed: 'var(--tf-bad)',
  unserved: 'var(--tf-warn)',
  'not-asked': 'var(--mantine-color-dimmed)',
};

export function OutcomeText({ outcome, lines }: { outcome: StreamOutcome; lines?: number }) {
  return (
    <Text
      size="xs"
      fw={500}
      style={{ color: OUTCOMES[outcome.kind] }}
      lineClamp={lines}
      title={outcome.words}
    >
      {outcome.words}
    </Text>
  );
}

const HEALTH: Record<FlowTarget['health'], Tone> = {
  healthy: 'good',
  degraded: 'warn',
  unhealthy: 'bad',
  unknown: 'neutral',
};

/** The one thing about it that matters most now. */
export function TargetState({ target }: { target: FlowTarget }) {
  const { outcome, status, health, isChecked, limits } = target;
  if (outcome?.isChosen) return <StatusBadge status="takes the click" tone="good" />;
  if (outcome?.skipped) return <StatusBadge status={outcome.skipped} tone="bad" />;
  if (status !== 'active' && status !== 'unknown') return <StatusBadge status={status} />;
  if (isChecked && health !== 'unknown') return <StatusBadge status={health} tone={HEALTH[health]} />;
  const kind = target.isLanding ? 'landing page' : '';
  return (
    <Text component="span" size="xs" c="dimmed" truncate>
      {[kind, limits, isChecked ? 'not probed yet' : ''].filter(Boolean).join(', ') || 'not probed'}
    </Text>
  );
}

export function LiveShare({ target }: { target: FlowTarget }) {
  if (target.live === undefined) return null;
  return (
    <Text
      component="span"
      size="xs"
      c="dimmed"
      className="tabular"
      title="Of the stream's clicks of the last 24 hours"
    >
      24 h: {target.live}%
    </Text>
  );
}
