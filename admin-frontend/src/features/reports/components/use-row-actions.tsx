/** What can be done about a value of a row: pause what it names, or keep its traffic away. All of it can be undone. */
import { notifyFailure } from '@/components/ui/feedback/notify';
import { notifyUndo } from '@/components/ui/feedback/undo';
import { useBotEntries, type BotEntries } from '../api/bot-entries';
import { useSetStatus, type Held, type Pausable, type Status } from '../api/entity-status';

const DONE: Record<Status, string> = {
  active: 'is active again',
  paused: 'is paused',
  archived: 'is archived',
};

export function useRowActions() {
  const { mutateAsync: setStatus } = useSetStatus();
  const { mutateAsync: writeEntries } = useBotEntries();

  async function changeStatus(kind: Pausable, held: Held, status: Status) {
    try {
      const { id, name } = held;
      const after = await setStatus({ kind, id, status, revision: held.revision });
      notifyUndo(`“${name}” ${DONE[status]}`, () =>
        setStatus({ kind, id, status: held.status, revision: after.revision }),
      );
    } catch (error) {
      notifyFailure(`“${held.name}” was not changed`, error);
    }
  }

  async function block(what: string, entries: BotEntries) {
    try {
      const { changed } = await writeEntries({ entries });
      if (changed === 0) return notifyUndoless(what);
      notifyUndo(`${what}: clicks from there are bots from now on`, () =>
        writeEntries({ entries, isTakenOut: true }),
      );
    } catch (error) {
      notifyFailure(`${what} was not blocked`, error);
    }
  }

  return { changeStatus, block };
}

function notifyUndoless(what: string) {
  notifyFailure(what, new Error('It is on the list of bots already.'));
}

/** As entries of the bot list, where the dimension is one that it knows. */
export function botEntries(dimension: string, values: string[]): BotEntries | undefined {
  const known = values.filter((value) => value !== '');
  if (known.length === 0) return undefined;
  if (dimension === 'ip_prefix') return { ips: known };
  if (dimension === 'asn') return { asns: known.map(Number).filter((number) => number > 0) };
  return undefined;
}
