/** Reports under a name: opened, written over, shared and deleted. */
import {
  ActionIcon,
  Badge,
  Button,
  Group,
  Menu,
  Popover,
  ScrollArea,
  Skeleton,
  Stack,
  Text,
  UnstyledButton,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { modals } from '@mantine/modals';
import {
  IconBookmark,
  IconDots,
  IconPencil,
  IconTrash,
  IconUsers,
  IconUserShield,
} from '@tabler/icons-react';
import { useState } from 'react';
import { notifyDone, notifyFailure } from '@/components/ui/feedback/notify';
import { notifyUndo } from '@/components/ui/feedback/undo';
import { useAsk } from '@/components/ui/overlay/ask';
import { openDialog } from '@/components/ui/overlay/dialog';
import { isConflict } from '@/lib/api/error';
import { isSame } from '@/lib/form/diff';
import { useMay } from '@/lib/session/me';
import { useDeleteView } from '../api/delete-view';
import { useSaveView } from '../api/save-view';
import { readSavedView } from '../api/saved-view';
import { useSavedViews, type SavedView, type SavedViewInput } from '../api/saved-views';
import { stateOfView, viewOf } from '../model/view';
import { useReportPage } from './report-context';
import { SaveViewForm } from './save-view-form';
import { ViewConflict } from './view-conflict';

export function inputOf({ name, visibility, report, query, cohort, columns }: SavedView): SavedViewInput {
  return { name, visibility, report, query, cohort, columns };
}

export function SavedViewsMenu() {
  const { state, set, change, range, zone } = useReportPage();
  const { data, error, isPending, refetch } = useSavedViews();
  const { mutateAsync: save, isPending: isSaving } = useSaveView();
  const { mutateAsync: remove } = useDeleteView();
  const [isOpen, popover] = useDisclosure(false);
  const [isNaming, naming] = useDisclosure(false);
  const [renamed, setRenamed] = useState<SavedView>();
  const mayChangeShared = useMay('config:write');
  const ask = useAsk();
  const current = data?.find(({ id }) => id === state.view);
  const here = viewOf(state, range, zone);
  // A view as its own page would be saved: what differs was changed since it was opened.
  const isChanged =
    current !== undefined &&
    !isSame(viewOf(stateOfView(current, state), range, zone), viewOf({ ...state, at: [] }, range, zone))
      ? true
      : state.at.length > 0;
  const mayChange = (view: SavedView) => view.is_own || mayChangeShared;

  async function write(view: SavedView, input: SavedViewInput): Promise<SavedView | undefined> {
    try {
      return await save({ input, existing: view });
    } catch (failure) {
      if (!isConflict(failure)) {
        notifyFailure(`“${view.name}” was not saved`, failure);
        return undefined;
      }
      const theirs = await readSavedView(view.id);
      void openDialog({
        title: `“${view.name}” was changed by somebody else`,
        size: 'xl',
        children: (
          <ViewConflict
            base={inputOf(view)}
            mine={input}
            theirs={inputOf(theirs)}
            onTheirs={() => {
              modals.closeAll();
              set(stateOfView(theirs, state), true);
              void refetch();
            }}
            onMine={() => {
              modals.closeAll();
              void write(theirs, input).then((saved) => saved && notifyDone(`“${saved.name}” saved`));
            }}
          />
        ),
      });
      return undefined;
    }
  }

  async function share(view: SavedView) {
    const visibility = view.visibility === 'shared' ? 'private' : 'shared';
    const saved = await write(view, { ...inputOf(view), visibility });
    if (!saved) return;
    notifyUndo(
      visibility === 'shared'
        ? `“${view.name}” is shared with the workspace`
        : `“${view.name}” is yours alone`,
      () => save({ input: inputOf(view), existing: saved }),
    );
  }

  async function askAndRemove(view: SavedView) {
    const isSure = await ask({
      title: `Delete “${view.name}”?`,
      body:
        view.visibility === 'shared'
          ? 'It is shared: nobody in the workspace will have it.'
          : 'The report itself stays as it is.',
      confirm: 'Delete',
      isDangerous: true,
    });
    if (!isSure) return;
    try {
      await remove(view.id);
      if (state.view === view.id) change({ view: undefined });
      notifyUndo(`“${view.name}” deleted`, () => save({ input: inputOf(view) }));
    } catch (failure) {
      notifyFailure(`“${view.name}” was not deleted`, failure);
    }
  }

  return (
    <>
      {current && isChanged && mayChange(current) && (
        <Button
          variant="default"
          loading={isSaving}
          onClick={() =>
            void write(current, { ...inputOf(current), ...here }).then((saved) => {
              if (!saved) return;
              if (state.at.length > 0) set(stateOfView(saved, state));
              notifyUndo(`“${saved.name}” saved`, () => save({ input: inputOf(current), existing: saved }));
            })
          }
        >
          Save changes
        </Button>
      )}
      <Popover
        opened={isOpen}
        onChange={popover.toggle}
        position="bottom-end"
        trapFocus
        returnFocus
        width={330}
      >
        <Popover.Target>
          <Button
            variant="default"
            leftSection={<IconBookmark size={16} aria-hidden />}
            aria-expanded={isOpen}
            onClick={popover.toggle}
            maw={260}
          >
            {current ? current.name : 'Saved views'}
          </Button>
        </Popover.Target>
        <Popover.Dropdown p="xs">
          <Stack gap="xs">
            <ScrollArea.Autosize mah={320} type="auto">
              {isPending && <Skeleton h={60} />}
              {error && (
                <Text size="sm" c="var(--tf-bad)">
                  Saved views could not be loaded.{' '}
                  <Button size="compact-xs" variant="default" onClick={() => void refetch()}>
                    Try again
                  </Button>
                </Text>
              )}
              {data?.length === 0 && (
                <Text size="sm" c="dimmed" p={4}>
                  None yet. Save what you see under a name, and open it again with one click.
                </Text>
              )}
              <Stack gap={2} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
                {data?.map((view) => (
                  <Group key={view.id} component="li" gap={4} wrap="nowrap">
                    <UnstyledButton
                      flex={1}
                      miw={0}
                      px={8}
                      py={6}
                      fz="sm"
                      fw={view.id === state.view ? 600 : undefined}
                      aria-current={view.id === state.view || undefined}
                      onClick={() => {
                        set(stateOfView(view, state), true);
                        popover.close();
                      }}
                    >
                      <Group gap={6} wrap="nowrap">
                        <Text size="sm" truncate fw="inherit">
                          {view.name}
                        </Text>
                        {view.visibility === 'shared' && (
                          <Badge size="xs" variant="default" style={{ flex: 'none' }}>
                            {view.is_own ? 'shared' : `by ${view.owner.name}`}
                          </Badge>
                        )}
                      </Group>
                    </UnstyledButton>
                    {mayChange(view) && (
                      <Menu withinPortal={false} withInitialFocusPlaceholder={false}>
                        <Menu.Target>
                          <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${view.name}`}>
                            <IconDots size={16} />
                          </ActionIcon>
                        </Menu.Target>
                        <Menu.Dropdown>
                          <Menu.Item leftSection={<IconPencil size={15} />} onClick={() => setRenamed(view)}>
                            Rename…
                          </Menu.Item>
                          <Menu.Item
                            leftSection={
                              view.visibility === 'shared' ? (
                                <IconUserShield size={15} />
                              ) : (
                                <IconUsers size={15} />
                              )
                            }
                            onClick={() => void share(view)}
                          >
                            {view.visibility === 'shared' ? 'Stop sharing' : 'Share with the workspace'}
                          </Menu.Item>
                          <Menu.Item
                            leftSection={<IconTrash size={15} />}
                            c="var(--tf-bad)"
                            onClick={() => void askAndRemove(view)}
                          >
                            Delete…
                          </Menu.Item>
                        </Menu.Dropdown>
                      </Menu>
                    )}
                  </Group>
                ))}
              </Stack>
            </ScrollArea.Autosize>
            <Button
              onClick={() => {
                popover.close();
                naming.open();
              }}
            >
              Save this report…
            </Button>
          </Stack>
        </Popover.Dropdown>
      </Popover>
      {isNaming && (
        <SaveViewForm
          title="Save this report"
          initial={{ name: '', visibility: 'private' }}
          onClose={naming.close}
          onSave={async (named) => {
            const saved = await save({ input: { ...here, ...named } });
            set(stateOfView(saved, state));
            notifyDone(`“${saved.name}” saved`);
          }}
        />
      )}
      {renamed && (
        <SaveViewForm
          title={`Rename “${renamed.name}”`}
          initial={renamed}
          onClose={() => setRenamed(undefined)}
          onSave={async (named) => {
            const saved = await write(renamed, { ...inputOf(renamed), ...named });
            if (saved) notifyDone(`“${saved.name}” saved`);
          }}
        />
      )}
    </>
  );
}
