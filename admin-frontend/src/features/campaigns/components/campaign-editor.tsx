/** One campaign: its flow as picture or list, its settings, links and history. Flow and settings are one form. */
import { Button, Tabs } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { PageHeader } from '@/components/ui/display/page-header';
import { StatusBadge } from '@/components/ui/display/status-badge';
import { EntityForm } from '@/components/ui/form/entity-form';
import { RowMenu } from '@/components/ui/list/row-menu';
import { useMay } from '@/lib/session/me';
import type { Whole } from '../api/campaign';
import type { Simulated } from '../api/simulate';
import { describeCampaign, titlesOf } from '../model/describe';
import { TABS, type Tab } from '../model/search';
import type { Selection } from '../model/selection';
import { CAMPAIGN_LABELS } from '../model/labels';
import { EditorPanel } from './editor-panel';
import { FlowTab } from './flow-tab';
import { HistoryTab } from './history-tab';
import { LinksTab } from './links-tab';
import { SettingsTab } from './settings-tab';
import { useCampaignActions } from './use-campaign-actions';
import { useCampaignForm } from './use-campaign-form';
import { useFlow } from './use-flow';
import { useNames } from './use-names';
import { useStreamActions } from './use-stream-actions';
import classes from './flow.module.css';

const PARENTS = [{ label: 'Campaigns', to: '/campaigns' }];
const NAMES: Record<Tab, string> = { flow: 'Flow', settings: 'Settings', links: 'Links', history: 'History' };

type Props = { campaign: Whole; tab: Tab; onTab: (tab: Tab) => void };

export function CampaignEditor({ campaign, tab, onTab }: Props) {
  const [selection, setSelection] = useState<Selection>();
  const [simulated, setSimulated] = useState<Simulated>();
  const mayWrite = useMay('config:write');
  const names = useNames();
  const navigate = useNavigate();
  const entityForm = useCampaignForm(
    campaign,
    (made) =>
      setSelection((now) =>
        now?.kind === 'stream' ? { ...now, stream: made.get(now.stream) ?? now.stream } : now,
      ),
    (stream) => {
      onTab('flow');
      setSelection({ kind: 'stream', stream });
    },
  );
  const { form, isDirty } = entityForm;
  const actions = useStreamActions(form);
  const flow = useFlow(campaign.id, form, simulated);
  const { rowActions, element } = useCampaignActions({
    onDeleted: () => void navigate({ to: '/campaigns' }),
  });
  const isForm = tab === 'flow' || tab === 'settings';
  const hasPanel = tab === 'flow' && selection !== undefined;

  function close() {
    setSelection(undefined);
    setSimulated(undefined);
  }

  return (
    <>
      <PageHeader
        title={campaign.name}
        parents={PARENTS}
        badge={<StatusBadge status={campaign.status} />}
        actions={
          <>
            <Button
              variant="default"
              leftSection={<IconPlayerPlay size={16} />}
              onClick={() => {
                onTab('flow');
                setSelection({ kind: 'simulate' });
              }}
            >
              Simulate a click
            </Button>
            {mayWrite && <RowMenu name={campaign.name} actions={rowActions(campaign).slice(1)} />}
          </>
        }
      />
      <Tabs
        value={tab}
        onChange={(next) => {
          const found = TABS.find((each) => each === next);
          if (found) onTab(found);
        }}
        keepMounted
        mb="md"
      >
        <Tabs.List>
          {TABS.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {NAMES[each]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="md">
          <div className={classes.layout} data-panel={hasPanel || undefined}>
            <div hidden={!isForm} className={tab === 'settings' ? classes.settings : undefined}>
              <EntityForm
                form={entityForm}
                labels={CAMPAIGN_LABELS}
                isReadOnly={!mayWrite}
                describe={(values, base) => describeCampaign(values, names, titlesOf(base.streams))}
              >
                {tab === 'flow' && (
                  <FlowTab
                    flow={flow}
                    form={form}
                    actions={actions}
                    selection={selection}
                    onSelect={setSelection}
                    isReadOnly={!mayWrite}
                  />
                )}
                {tab === 'settings' && (
                  <SettingsTab form={form} isArchived={campaign.status === 'archived'} />
                )}
              </EntityForm>
            </div>
            {hasPanel && (
              <EditorPanel
                campaign={campaign}
                form={form}
                flow={flow}
                actions={actions}
                selection={selection}
                onSelect={setSelection}
                onClose={close}
                isReadOnly={!mayWrite}
                isDirty={isDirty}
                onSave={mayWrite ? entityForm.trySave : undefined}
                simulated={simulated}
                onSimulated={setSimulated}
              />
            )}
            {tab === 'links' && <LinksTab campaign={campaign} />}
            {tab === 'history' && <HistoryTab campaign={campaign} isDirty={isDirty} />}
          </div>
        </Tabs.Panel>
      </Tabs>
      {element}
    </>
  );
}
