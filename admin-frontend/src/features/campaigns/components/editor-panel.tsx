/** The editor of what was chosen in the flow. */
import { Stack } from '@mantine/core';
import type { UseFormReturn } from 'react-hook-form';
import type { Whole } from '../api/campaign';
import type { Simulated } from '../api/simulate';
import type { CampaignValues } from '../model/campaign-values';
import type { Flow } from '../model/flow';
import type { Selection } from '../model/selection';
import { EndFields, EntryFields } from './campaign-sections';
import { DestinationPanel } from './destination-panel';
import { SidePanel } from './side-panel';
import { SimulatePanel } from './simulate-panel';
import { StreamEditor } from './stream-editor';
import type { StreamActions } from './use-stream-actions';

type Props = {
  campaign: Whole;
  form: UseFormReturn<CampaignValues>;
  flow: Flow;
  actions: StreamActions;
  selection: Selection;
  onSelect: (selection: Selection) => void;
  onClose: () => void;
  isReadOnly: boolean;
  isDirty: boolean;
  onSave: (() => Promise<boolean>) | undefined;
  simulated: Simulated | undefined;
  onSimulated: (simulated: Simulated) => void;
};

export function EditorPanel(props: Props) {
  const { campaign, form, flow, actions, selection, onSelect, onClose, isReadOnly } = props;
  switch (selection.kind) {
    case 'entry':
      return (
        <SidePanel title="Which clicks come in" name="entry" onClose={onClose} isReadOnly={isReadOnly}>
          <EntryFields form={form} />
        </SidePanel>
      );
    case 'end':
      return (
        <SidePanel title="What no stream can serve" name="end" onClose={onClose} isReadOnly={isReadOnly}>
          <EndFields form={form} />
        </SidePanel>
      );
    case 'simulate':
      return (
        <SidePanel title="Simulate a click" name="simulate" onClose={onClose}>
          <SimulatePanel
            campaign={campaign.id}
            flow={flow}
            isDirty={props.isDirty}
            onSave={props.onSave}
            simulated={props.simulated}
            onSimulated={props.onSimulated}
          />
        </SidePanel>
      );
    case 'destination':
      return (
        <SidePanel title="Destination" name={selection.destination} onClose={onClose}>
          <DestinationPanel id={selection.destination} flow={flow} onSelect={onSelect} />
        </SidePanel>
      );
    case 'stream': {
      const at = flow.streams.findIndex(({ id }) => id === selection.stream);
      const stream = flow.streams[at];
      if (!stream) return null;
      return (
        <SidePanel
          title={`Stream ${stream.order}: ${stream.name}`}
          name={stream.id}
          onClose={onClose}
          isReadOnly={isReadOnly}
        >
          <Stack key={stream.id}>
            <StreamEditor
              form={form}
              at={at}
              actions={actions}
              onRemove={() => {
                actions.remove(stream.id);
                onClose();
              }}
              onCopy={() => {
                const copy = actions.copy(stream.id);
                if (copy) onSelect({ kind: 'stream', stream: copy });
              }}
            />
          </Stack>
        </SidePanel>
      );
    }
  }
}
