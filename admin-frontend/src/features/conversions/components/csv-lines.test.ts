import { expect, test } from 'vitest';
import { csvRecords } from './csv-lines';

test('a quoted cell may hold line ends, and empty lines are no rows', () => {
  const csv = '\ufefftransaction_id,note\r\nt-1,"a ""b""\nc"\r\n\r\nt-2,x\n';
  expect(csvRecords(csv)).toEqual(['transaction_id,note', 't-1,"a ""b""\nc"', 't-2,x']);
});
