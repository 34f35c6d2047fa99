/**
 * A form that edits one entity: checked by zod, refused fields shown where they belong, saved with `revision`, and a
 * conflict held until the person has chosen. Works for new entities too (`entity` undefined).
 */
import { zodResolver } from '@hookform/resolvers/zod';
import { useEffect, useMemo, useRef, useState } from 'react';
import {
  useForm,
  type DefaultValues,
  type FieldPath,
  type FieldValues,
  type UseFormReturn,
} from 'react-hook-form';
import type * as z from 'zod/mini';
import { errorMessage, isConflict } from '@/lib/api/error';
import { sortFieldErrors } from '@/lib/form/field-errors';

type Revised = { revision: number };

type Options<Values extends FieldValues, Entity extends Revised> = {
  /** Checks the values; must not change their type. */
  schema: z.ZodMiniType<Values, Values>;
  /** As it was read; undefined while it is new. */
  entity: Entity | undefined;
  toValues: (entity: Entity | undefined) => Values;
  /** What a new one begins with, such as a preset. */
  start?: Values;
  /** Creates (no revision) or replaces. */
  save: (values: Values, revision: number | undefined) => Promise<Entity>;
  /** Reads it anew, for a conflict. */
  reload?: () => Promise<Entity>;
  onSaved: (entity: Entity) => void;
  /** The API's path (in the form's notation) to the form's, where they differ. */
  rename?: (path: string) => string;
};

export type FormConflict<Values, Entity> = { base: Values; mine: Values; theirs: Values; entity: Entity };

export type EntityForm<Values extends FieldValues, Entity extends Revised> = {
  form: UseFormReturn<Values>;
  control: UseFormReturn<Values>['control'];
  submit: () => Promise<void>;
  /** What was refused and belongs to no field. */
  problems: string[];
  conflict: FormConflict<Values, Entity> | undefined;
  keepMine: () => Promise<void>;
  takeTheirs: () => void;
  closeConflict: () => void;
  isSaving: boolean;
  isDirty: boolean;
};

export function useEntityForm<Values extends FieldValues, Entity extends Revised>(
  options: Options<Values, Entity>,
): EntityForm<Values, Entity> {
  const { schema, entity, toValues, start, save, reload, onSaved, rename } = options;
  const base = useRef(entity);
  /** What was read last, and what of it the form has followed or gone beyond. */
  const latest = useRef(entity);
  const followed = useRef(entity);
  const initial = useMemo(
    () => (entity ? toValues(entity) : (start ?? toValues(undefined))),
    [entity, toValues, start],
  );
  const form = useForm<Values>({
    defaultValues: initial as DefaultValues<Values>,
    resolver: zodResolver(schema),
    mode: 'onTouched',
  });
  const [problems, setProblems] = useState<string[]>([]);
  const [conflict, setConflict] = useState<FormConflict<Values, Entity>>();
  const [isSaving, setSaving] = useState(false);
  const { isDirty } = form.formState;

  // Read anew behind the form: an untouched one follows, a touched one meets the conflict when it is saved.
  useEffect(() => {
    latest.current = entity;
    if (entity === followed.current || isDirty) return;
    followed.current = entity;
    base.current = entity;
    form.reset(initial);
  }, [entity, initial, isDirty, form]);

  /** Newer than anything that was read before. */
  function begin(from: Entity, values: Values) {
    base.current = from;
    followed.current = latest.current;
    setConflict(undefined);
    form.reset(values);
  }

  function refused(error: unknown) {
    const { at, other } = sortFieldErrors(error, form.getValues(), rename);
    at.forEach(({ path, message }, index) => {
      form.setError(path as FieldPath<Values>, { type: 'server', message }, { shouldFocus: index === 0 });
    });
    setProblems(at.length + other.length > 0 ? other : [errorMessage(error)]);
  }

  async function write(values: Values, revision: number | undefined) {
    setSaving(true);
    setProblems([]);
    try {
      const saved = await save(values, revision);
      begin(saved, toValues(saved));
      onSaved(saved);
    } catch (error) {
      if (!isConflict(error) || !reload) return refused(error);
      try {
        const theirs = await reload();
        setConflict({ base: toValues(base.current), mine: values, theirs: toValues(theirs), entity: theirs });
      } catch (unread) {
        refused(unread);
      }
    } finally {
      setSaving(false);
    }
  }

  return {
    form,
    control: form.control,
    submit: () => form.handleSubmit((values) => write(values, base.current?.revision))(),
    problems,
    conflict,
    isSaving,
    isDirty,
    keepMine: () => (conflict ? write(conflict.mine, conflict.entity.revision) : Promise.resolve()),
    takeTheirs: () => conflict && begin(conflict.entity, conflict.theirs),
    closeConflict: () => setConflict(undefined),
  };
}
