/** The rows of a CSV as the person sees them, to stand beside what became of each. */

/** Records, a quoted one over several lines included; empty lines are none. */
export function csvRecords(csv: string): string[] {
  const records: string[] = [];
  let record = '';
  let isQuoted = false;
  for (const line of csv.replace(/^\ufeff/, '').split(/\r?\n/)) {
    record = isQuoted ? `${record}\n${line}` : line;
    // Doubled quotes are two, and change nothing.
    isQuoted = (record.split('"').length - 1) % 2 === 1;
    if (isQuoted) continue;
    if (record.trim() !== '') records.push(record);
    record = '';
  }
  if (record.trim() !== '') records.push(record);
  return records;
}
