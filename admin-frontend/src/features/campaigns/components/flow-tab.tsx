import { Button, Group, SegmentedControl, Skeleton, Stack, Text } from '@mantine/core';
import { IconLayoutList, IconPlus, IconSitemap } from '@tabler/icons-react';
import { lazy, Suspense, useCallback, useMemo } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import * as z from 'zod/mini';
import { useStored } from '@/lib/browser/stored';
import { Notice } from '@/components/ui/feedback/pages';
import { patient } from '@/lib/browser/patient';
import type { CampaignValues } from '../model/campaign-values';
import type { Flow } from '../model/flow';
import { layoutOf, pictureSize } from '../model/flow-layout';
import type { Selection } from '../model/selection';
import { FlowList } from './flow-list';
import { useHasRoom } from './side-panel';
import type { StreamActions } from './use-stream-actions';
import classes from './flow.module.css';

const FlowPicture = lazy(patient(() => import('./flow-picture')));

const view = z.nullable(z.enum(['picture', 'list']));

type Props = {
  flow: Flow;
  form: UseFormReturn<CampaignValues>;
  actions: StreamActions;
  selection: Selection | undefined;
  onSelect: (selection: Selection) => void;
  isReadOnly: boolean;
};

export function FlowTab({ flow, actions, selection, onSelect, isReadOnly }: Props) {
  const hasRoom = useHasRoom();
  const [chosen, setChosen] = useStored('campaign.view', view, null);
  const shown = chosen ?? (hasRoom ? 'picture' : 'list');
  const layout = useMemo(() => layoutOf(flow), [flow]);
  const move = useCallback((stream: string, to: number) => actions.move(stream, to), [actions]);

  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <SegmentedControl
            aria-label="How the flow is shown"
            data={[
              {
                value: 'picture',
                label: (
                  <Group gap={6} wrap="nowrap">
                    <IconSitemap size={14} aria-hidden /> Picture
                  </Group>
                ),
              },
              {
                value: 'list',
                label: (
                  <Group gap={6} wrap="nowrap">
                    <IconLayoutList size={14} aria-hidden /> List
                  </Group>
                ),
              },
            ]}
            value={shown}
            onChange={(next) => setChosen(next === 'list' ? 'list' : 'picture')}
          />
          <Text size="xs" c="dimmed" visibleFrom="sm">
            A click goes to the first stream that matches it.
          </Text>
        </Group>
        {!isReadOnly && (
          <Button
            variant="default"
            leftSection={<IconPlus size={16} />}
            onClick={() => onSelect({ kind: 'stream', stream: actions.add() })}
          >
            Add a stream
          </Button>
        )}
      </Group>
      {flow.streams.length === 0 && (
        <Notice title="No streams yet">
          A stream says which clicks it takes and where they go. Until there is one, all clicks go to
          trafficback.
        </Notice>
      )}
      {shown === 'picture' ? (
        <Suspense fallback={<Skeleton className={classes.picture} style={pictureSize(layout)} />}>
          <FlowPicture
            layout={layout}
            selection={selection}
            onSelect={onSelect}
            onMove={isReadOnly ? undefined : move}
          />
        </Suspense>
      ) : (
        <FlowList
          flow={flow}
          selection={selection}
          onSelect={onSelect}
          actions={actions}
          isReadOnly={isReadOnly}
        />
      )}
    </Stack>
  );
}
