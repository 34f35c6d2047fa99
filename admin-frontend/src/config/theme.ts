/** The product's own look: petrol accents on cool greys, dense, with tabular figures. */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const petrol: MantineColorsTuple = [
  '#e6f6f8',
  '#cdebef',
  '#9fd8e0',
  '#6cc3cf',
  '#3fb0bf',
  '#1f96a7',
  '#0c7585',
  '#0a5f6d',
  '#094c58',
  '#073a44',
];

const slate: MantineColorsTuple = [
  '#f7f9fa',
  '#eff2f4',
  '#e3e8eb',
  '#d3dadf',
  '#b3bdc5',
  '#8a96a1',
  '#5b6873',
  '#46525d',
  '#313b45',
  '#1f272f',
];

const night: MantineColorsTuple = [
  '#d5dce2',
  '#b9c3cb',
  '#98a4ae',
  '#76838e',
  '#45515c',
  '#323c46',
  '#242d36',
  '#1a2129',
  '#141a21',
  '#0e1318',
];

/** Every arrow of a calendar has a name, and no day is told by a faint colour alone. */
const calendar = {
  defaultProps: {
    weekendDays: [],
    hideOutsideDates: true,
    ariaLabels: {
      previousMonth: 'Previous month',
      nextMonth: 'Next month',
      previousYear: 'Previous year',
      nextYear: 'Next year',
      previousDecade: 'Previous decade',
      nextDecade: 'Next decade',
    },
  },
};

/** What a screen reader calls the cross of dialogs and messages. */
const CLOSE = { 'aria-label': 'Close' };

/** What is longer or wider than its place scrolls by keyboard, too. */
const SCROLLED = { viewportProps: { tabIndex: 0 } };

/**
 * The list of a select scrolls itself: nothing stands between it and its options. A field that takes the focus, such
 * as the first wrong one, does not cover what is said of it.
 */
const CHOICES = {
  defaultProps: { openOnFocus: false, withScrollArea: false },
  styles: { options: { maxHeight: '220px', overflowY: 'auto' as const } },
};

export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: 6,
  colors: { petrol, gray: slate, dark: night },
  defaultRadius: 'sm',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  fontFamily:
    'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '20px', lineHeight: '28px' },
      h2: { fontSize: '16px', lineHeight: '24px' },
      h3: { fontSize: '14px', lineHeight: '20px' },
    },
  },
  cursorType: 'pointer',
  focusRing: 'auto',
  // By name, not by import: the first load need not hold what its page does not show.
  components: {
    Button: { defaultProps: { size: 'sm', fw: 500 } },
    // Square enough to be told from a radio button.
    Checkbox: { defaultProps: { radius: 'xs' } },
    Input: { defaultProps: { size: 'sm' } },
    // Fields beside each other are on one line, whether or not something is said of them.
    InputWrapper: {
      defaultProps: { size: 'sm', inputWrapperOrder: ['label', 'input', 'description', 'error'] },
    },
    Badge: { defaultProps: { variant: 'light', radius: 'sm', tt: 'none', fw: 500 } },
    // A dialog's head is no banner of the page, and the choices of an open select are a place by themselves.
    ModalHeader: { defaultProps: { role: 'none' } },
    DrawerHeader: { defaultProps: { role: 'none' } },
    Combobox: {
      defaultProps: {
        attributes: { dropdown: { role: 'region', 'aria-label': 'Choices' } },
      },
    },
    // On the ground of tables and frames, also in the dark.
    Card: {
      defaultProps: { withBorder: true, padding: 'md', radius: 'md', bg: 'var(--mantine-color-body)' },
    },
    Paper: { defaultProps: { radius: 'md' } },
    Notification: { defaultProps: { closeButtonProps: CLOSE } },
    Menu: { defaultProps: { shadow: 'md', position: 'bottom-end' } },
    Modal: { defaultProps: { centered: true, radius: 'md', closeButtonProps: CLOSE } },
    Drawer: { defaultProps: { position: 'right', size: 'lg', closeButtonProps: CLOSE } },
    DatePicker: calendar,
    DatePickerInput: calendar,
    DateTimePicker: calendar,
    Select: CHOICES,
    MultiSelect: CHOICES,
    TableScrollContainer: { defaultProps: { scrollAreaProps: SCROLLED } },
    Popover: { defaultProps: { shadow: 'md' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Table: { defaultProps: { verticalSpacing: 6, horizontalSpacing: 'sm' } },
    Tabs: { defaultProps: { keepMounted: false } },
    Tooltip: {
      defaultProps: { openDelay: 300, withArrow: true, events: { hover: true, focus: true, touch: false } },
    },
  },
});

/** Greys and status colours that read well on both grounds (4.5:1 and better). */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: { '--tf-row-height': '37px' },
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#56636e',
    '--mantine-color-placeholder': '#6b7782',
    '--mantine-color-error': '#c22b2b',
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b02525',
    '--mantine-color-red-light-color': '#b42323',
    '--mantine-color-petrol-light-color': '#0a5f6d',
    '--mantine-color-yellow-light-color': '#7a4d00',
    '--tf-ground': '#f6f8f9',
    '--tf-line': '#e3e8eb',
    '--tf-hover': '#f2f6f7',
    '--tf-good': '#18794e',
    '--tf-bad': '#c22b2b',
    '--tf-warn': '#8f5a00',
    '--tf-accent': '#0a5f6d',
  },
  dark: {
    '--mantine-color-body': '#141a21',
    '--mantine-color-text': '#d5dce2',
    '--mantine-color-dimmed': '#98a4ae',
    '--mantine-color-placeholder': '#8b97a2',
    '--mantine-color-error': '#ff8a8a',
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b02525',
    '--mantine-color-red-light-color': '#ff8a8a',
    '--mantine-color-petrol-light-color': '#6cc3cf',
    '--mantine-color-yellow-light-color': '#e8b04b',
    '--tf-ground': '#0e1318',
    '--tf-line': '#2a343e',
    '--tf-hover': '#1b232b',
    '--tf-good': '#5cc690',
    '--tf-bad': '#ff8a8a',
    '--tf-warn': '#e8b04b',
    '--tf-accent': '#6cc3cf',
  },
});
