/** Where one is in the report: each step back is a click. */
import { Anchor, Breadcrumbs, Text } from '@mantine/core';
import { useValueNames } from '../api/dimension-values';
import { backTo } from '../model/drill';
import { valueText } from '../model/value-text';
import { useReportPage } from './report-context';

export function DrillPath() {
  const { state, change } = useReportPage();
  if (state.at.length === 0) return null;
  const last = state.at.length - 1;
  return (
    <nav aria-label="Where you are in the report">
      <Breadcrumbs separator="›" separatorMargin={6} style={{ flexWrap: 'wrap', rowGap: 4 }}>
        <Anchor
          component="button"
          type="button"
          size="sm"
          onClick={() => change(backTo(state, 0), { isStep: true })}
        >
          Everything
        </Anchor>
        {state.at.map((value, index) => {
          const label = <PathValue name={state.by[index] ?? ''} value={value} />;
          return index === last ? (
            <Text key={index} size="sm" fw={550} aria-current="location" component="span">
              {label}
            </Text>
          ) : (
            <Anchor
              key={index}
              component="button"
              type="button"
              size="sm"
              onClick={() => change(backTo(state, index + 1), { isStep: true })}
            >
              {label}
            </Anchor>
          );
        })}
      </Breadcrumbs>
    </nav>
  );
}

/** A value with the name that it has in reports. */
export function PathValue({ name, value }: { name: string; value: string }) {
  const { dimensions, within } = useReportPage();
  const dimension = dimensions.get(name);
  const isNamed = dimension?.has_names === true && value !== '';
  const found = useValueNames(name, within, [value], isNamed);
  if (!dimension) return value;
  if (isNamed && !found) return '…';
  return valueText(dimension, value, found?.find((each) => each.value === value)?.name);
}
