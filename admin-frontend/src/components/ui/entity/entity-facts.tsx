import { Card } from '@mantine/core';
import type { ReactNode } from 'react';
import { KeyValue } from '../display/key-value';
import { Time } from '../display/time';

type Kept = { id: string; created_at: string; updated_at: string; revision: number };

/** What is known of every entity, at the foot of its page. */
export function EntityFacts({ of, more = [] }: { of: Kept; more?: [label: string, value: ReactNode][] }) {
  return (
    <Card>
      <KeyValue
        entries={[
          ...more,
          ['Id', of.id],
          ['Created', <Time key="created" at={of.created_at} />],
          ['Changed', <Time key="changed" at={of.updated_at} />],
          ['Revision', of.revision],
        ]}
      />
    </Card>
  );
}
