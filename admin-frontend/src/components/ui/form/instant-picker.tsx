import '@mantine/dates/styles.css';
import { DateTimePicker, type DateTimePickerProps } from '@mantine/dates';

export default function InstantPicker(props: DateTimePickerProps) {
  return <DateTimePicker valueFormat="YYYY-MM-DD HH:mm" {...props} />;
}
