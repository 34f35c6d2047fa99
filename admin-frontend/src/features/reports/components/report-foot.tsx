/** Totals under the rows, always in sight: of the selection, of everything else, of all. */
import type { Figures } from '../model/rows';
import { figureCell } from './figure';
import { ChangeOf, SELECT_WIDTH, type RowLook } from './report-row';
import classes from './reports.module.css';

export type FootLine = {
  of: 'selection' | 'others' | 'all';
  label: string;
  figures: Figures;
  change?: Figures;
};

export function ReportFoot({ lines, look }: { lines: FootLine[]; look: RowLook }) {
  const { dimensions, columns, isCompared } = look;
  return (
    <tfoot className={classes.foot}>
      {lines.map(({ of, label, figures, change }) => (
        <tr key={of} data-of={of}>
          <td data-pin style={{ left: 0 }} />
          <th scope="row" data-start data-pin style={{ left: SELECT_WIDTH }} title={label}>
            {label}
          </th>
          {dimensions.slice(1).map(({ name }) => (
            <td key={name} />
          ))}
          {columns.map((metric) => (
            <td key={metric.name}>
              {figureCell(metric, figures[metric.name], look)}
              {isCompared && <ChangeOf metric={metric.name} change={change?.[metric.name]} />}
            </td>
          ))}
          <td data-pin style={{ right: 0 }} />
        </tr>
      ))}
    </tfoot>
  );
}
