/** The frame of a form: error summary, save bar, Ctrl+S, the guard of unsaved changes and the dialog of a conflict. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useBlocker } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, type ReactNode } from 'react';
import type { FieldValues } from 'react-hook-form';
import { patient } from '@/lib/browser/patient';
import { ErrorSummary } from './error-summary';
import type { EntityForm as Form } from './use-entity-form';
import classes from './form.module.css';

// Few forms are left unsaved, and few saves meet a conflict.
const loadLeaveDialog = patient(() => import('./leave-dialog'));
const loadConflictDialog = patient(() => import('./conflict-dialog'));
const LeaveDialog = lazy(loadLeaveDialog);
const ConflictDialog = lazy(loadConflictDialog);

type Props<Values extends FieldValues, Entity extends { revision: number }> = {
  form: Form<Values, Entity>;
  children: ReactNode;
  /** "Save", or "Create source". */
  submitLabel?: string;
  onCancel?: () => void;
  /** In words, for the diff and the summary: `{ name: 'Name' }`. Paths without an entry are shown as they are. */
  labels?: Record<string, string>;
  isReadOnly?: boolean;
  /** Short forms in drawers and dialogs are not guarded by the router, and their bar does not stick. */
  isShort?: boolean;
  /** What the diff of a conflict compares: values in words, where they hold ids or trees. `base`: as both began. */
  describe?: (values: Values, base: Values) => unknown;
};

export function EntityForm<Values extends FieldValues, Entity extends { revision: number }>(
  props: Props<Values, Entity>,
) {
  const { form, children, submitLabel = 'Save', onCancel, labels, isReadOnly, isShort } = props;
  const { isDirty, isSaving, problems, conflict } = form;
  const inWords = ({ base, mine, theirs }: NonNullable<typeof conflict>) =>
    props.describe
      ? {
          base: props.describe(base, base),
          mine: props.describe(mine, base),
          theirs: props.describe(theirs, base),
        }
      : { base, mine, theirs };
  // With the first change: the network may be away when it is to be left.
  useEffect(() => {
    if (isDirty) void Promise.all([loadLeaveDialog(), loadConflictDialog()]);
  }, [isDirty]);
  const save = () => void form.submit();
  const element = useRef<HTMLFormElement>(null);
  const hotkey = ({ target }: KeyboardEvent) => {
    const dialog = target instanceof Element ? target.closest('[role="dialog"]') : null;
    // In a dialog the keys are for the form in it, not for the one behind.
    if (!isReadOnly && !isSaving && (!dialog || dialog.contains(element.current))) save();
  };
  useHotkeys([['mod+S', hotkey]], [], true);
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isDirty && !isSaving && current.pathname !== next.pathname,
    enableBeforeUnload: () => isDirty,
    withResolver: true,
    disabled: isReadOnly,
  });

  return (
    <form
      ref={element}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        // A form in a dialog of another form is not that form.
        event.stopPropagation();
        save();
      }}
    >
      <Stack gap="md">
        <ErrorSummary form={form.form} problems={problems} labels={labels} />
        <fieldset disabled={isReadOnly} className={classes.fields}>
          {children}
        </fieldset>
        {!isReadOnly && (
          <div className={isShort ? classes.shortBar : classes.bar}>
            <Text size="sm" c="dimmed" role="status">
              {isDirty ? 'Unsaved changes' : ''}
            </Text>
            <Group gap="xs">
              {onCancel && (
                <Button variant="default" onClick={onCancel}>
                  Cancel
                </Button>
              )}
              <Button type="submit" loading={isSaving}>
                {submitLabel}
              </Button>
            </Group>
          </div>
        )}
      </Stack>
      <Suspense>
        {blocker.status === 'blocked' && (
          <LeaveDialog onStay={() => blocker.reset?.()} onLeave={() => blocker.proceed?.()} />
        )}
        {conflict && <ConflictDialog form={form} conflict={inWords(conflict)} labels={labels} />}
      </Suspense>
    </form>
  );
}
