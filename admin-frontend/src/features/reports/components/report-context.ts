/** The report that is shown, for the parts deep inside its page. */
import { createContext, useContext } from 'react';
import type { ReportPageState } from './use-report';

const ReportContext = createContext<ReportPageState | undefined>(undefined);

export const ReportProvider = ReportContext.Provider;

export function useReportPage(): ReportPageState {
  const report = useContext(ReportContext);
  if (!report) throw new Error('useReportPage outside of a report');
  return report;
}
