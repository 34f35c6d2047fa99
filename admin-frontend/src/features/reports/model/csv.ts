/** Reads CSV as it arrives: quotes, quotes in quotes, and line ends within them may fall anywhere between two parts. */

export class CsvReader {
  private field = '';
  private row: string[] = [];
  private isQuoted = false;
  /** A quote within quotes was the last character: it ends them, or is the first of two. */
  private isPending = false;

  /** The rows that this part completes. */
  read(part: string): string[][] {
    const rows: string[][] = [];
    let at = 0;
    while (at < part.length) {
      if (this.isPending) {
        this.isPending = false;
        if (part[at] === '"') {
          this.field += '"';
          at += 1;
          continue;
        }
        this.isQuoted = false;
      }
      if (this.isQuoted) {
        const end = part.indexOf('"', at);
        if (end < 0) {
          this.field += part.slice(at);
          return rows;
        }
        this.field += part.slice(at, end);
        this.isPending = true;
        at = end + 1;
        continue;
      }
      let end = at;
      let code = 0;
      for (; end < part.length; end += 1) {
        code = part.charCodeAt(end);
        if (code === 44 || code === 10 || code === 13 || code === 34) break;
      }
      this.field += part.slice(at, end);
      if (end === part.length) return rows;
      at = end + 1;
      if (code === 34) this.isQuoted = true;
      else if (code === 44) this.endField();
      else if (code === 10) rows.push(this.endRow());
    }
    return rows;
  }

  /** What is left when the last line has no end. */
  finish(): string[][] {
    return this.row.length > 0 || this.field !== '' ? [this.endRow()] : [];
  }

  private endField() {
    this.row.push(this.field);
    this.field = '';
  }

  private endRow(): string[] {
    this.endField();
    const row = this.row;
    this.row = [];
    return row;
  }
}

/** The API puts `'` before texts that a spreadsheet would run. */
export function unguarded(text: string): string {
  return /^'[=+\-@\t\r]/.test(text) ? text.slice(1) : text;
}
