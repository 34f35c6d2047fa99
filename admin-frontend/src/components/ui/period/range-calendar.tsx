import '@mantine/dates/styles.css';
import { DatePicker } from '@mantine/dates';

type Props = {
  value: [string | null, string | null];
  onChange: (value: [string | null, string | null]) => void;
  maxDate: string;
  defaultDate: string;
};

export default function RangeCalendar(props: Props) {
  return <DatePicker type="range" allowSingleDateInRange size="sm" {...props} />;
}
