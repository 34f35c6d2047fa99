/** A chosen file, as far as it can be told before the server looks at it. */
import * as z from 'zod/mini';
import type { WorkspaceFile } from '../api/import-workspace';

const shape = z.looseObject({
  format: z.literal('traffoflex-workspace'),
  version: z.number(),
  exported_at: z.string(),
  workspace: z.looseObject({ name: z.string() }),
});

export class NotAWorkspaceFile extends Error {}

/** Checked by its head alone; each thing in it is the server's to judge. */
export function readWorkspaceFile(text: string): WorkspaceFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NotAWorkspaceFile('This is no JSON.');
  }
  if (!isWorkspaceFile(value))
    throw new NotAWorkspaceFile(
      'This is no export of a workspace: “format” should be “traffoflex-workspace”.',
    );
  return value;
}

function isWorkspaceFile(value: unknown): value is WorkspaceFile {
  return shape.safeParse(value).success;
}

/** `campaigns[0].slug` begins with a thing of the file: its kind and name, and what is left. */
export function thingAt(file: WorkspaceFile, path: string): { name: string | undefined; rest: string } {
  const found = /^([a-z_]+)\[(\d+)\]\.?(.*)$/.exec(path);
  const [, list, at, rest] = found ?? [];
  if (list === undefined || at === undefined) return { name: undefined, rest: path };
  const things: unknown = Reflect.get(file, list);
  const thing: unknown = Array.isArray(things) ? things[Number(at)] : undefined;
  const read = (key: string): unknown =>
    typeof thing === 'object' && thing !== null ? Reflect.get(thing, key) : undefined;
  const name = read('name') ?? read('host') ?? read('currency');
  return { name: typeof name === 'string' ? name : undefined, rest: rest ?? '' };
}

/** What the lists of a file hold, one of them. */
export const KINDS: Record<string, string> = {
  workspace: 'Workspace',
  sources: 'Traffic source',
  domains: 'Domain',
  templates: 'Postback template',
  networks: 'Network',
  webhooks: 'Webhook',
  destinations: 'Destination',
  campaigns: 'Campaign',
  streams: 'Stream',
  rates: 'Currency rate',
  alert_rules: 'Alert rule',
  saved_views: 'Saved view',
};

export function kindAt(path: string): string {
  const list = /^[a-z_]+/.exec(path)?.[0] ?? path;
  return KINDS[list] ?? list;
}
