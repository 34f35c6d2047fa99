/** What narrows the report, as chips, and where more is added. */
import { ActionIcon, Button, Select, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAdjustmentsHorizontal, IconFilter, IconX } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { patient } from '@/lib/browser/patient';
import { is, isCondition, OPERATOR_WORDS, type FilterNode } from '../model/filter';
import { PathValue } from './drill-path';
import { figureText } from './figure';
import { useReportPage } from './report-context';
import classes from './reports.module.css';

const FilterDrawer = lazy(patient(() => import('./filter-drawer')));

const MOST_SHOWN = 3;

export function FilterBar({ currency }: { currency: string }) {
  const { state, change, schema, dimensions, metrics } = useReportPage();
  const [isOpen, drawer] = useDisclosure(false);
  const [fresh, setFresh] = useState<FilterNode>();
  const { filters, having } = state;

  function open(node?: FilterNode) {
    setFresh(node);
    drawer.open();
  }

  return (
    <ul className={classes.chips} aria-label="Filters">
      <li>
        <Select
          data-list-search
          size="xs"
          w={170}
          aria-label="Filter by"
          placeholder="Filter by…"
          leftSection={<IconFilter size={14} aria-hidden />}
          searchable
          data={schema.dimensions.map(({ name, title }) => ({ value: name, label: title }))}
          value={null}
          maxDropdownHeight={320}
          comboboxProps={{ width: 220, position: 'bottom-start' }}
          nothingFoundMessage="No such dimension"
          onChange={(name) => {
            const dimension = dimensions.get(name ?? '');
            if (dimension) open(is(dimension.name, dimension.operators.includes('in') ? 'in' : 'eq'));
          }}
        />
      </li>
      {filters.map((node, index) => (
        <li key={index} className={classes.chip}>
          <button type="button" onClick={() => open()}>
            <span className={classes.label}>
              <FilterWords node={node} />
            </span>
          </button>
          <button
            type="button"
            aria-label={`Take out filter ${index + 1}`}
            onClick={() => change({ filters: filters.filter((_, at) => at !== index) })}
          >
            <IconX size={13} aria-hidden />
          </button>
        </li>
      ))}
      {having.map(({ metric: name, operator, value }, index) => {
        const metric = metrics.get(name);
        return (
          <li key={`h${index}`} className={classes.chip}>
            <button type="button" onClick={() => open()}>
              <span className={classes.label}>
                {metric?.title ?? name} {OPERATOR_WORDS[operator]}{' '}
                {metric ? figureText(metric, value, currency) : value}
              </span>
            </button>
            <button
              type="button"
              aria-label={`Take out the limit of ${metric?.title ?? name}`}
              onClick={() => change({ having: having.filter((_, at) => at !== index) })}
            >
              <IconX size={13} aria-hidden />
            </button>
          </li>
        );
      })}
      <li>
        <Tooltip label="All filters and limits, with groups">
          <ActionIcon variant="default" size={30} aria-label="All filters and limits" onClick={() => open()}>
            <IconAdjustmentsHorizontal size={15} />
          </ActionIcon>
        </Tooltip>
      </li>
      {filters.length + having.length > 1 && (
        <li>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={() => change({ filters: [], having: [] })}
          >
            Clear all
          </Button>
        </li>
      )}
      <Suspense>{isOpen && <FilterDrawer fresh={fresh} onClose={drawer.close} />}</Suspense>
    </ul>
  );
}

/** A filter in words. */
export function FilterWords({ node }: { node: FilterNode }) {
  const { dimensions } = useReportPage();
  if (!isCondition(node)) {
    if ('not' in node)
      return (
        <>
          not ( <FilterWords node={node.not} /> )
        </>
      );
    const [nodes, word] = 'all' in node ? [node.all, ' and '] : [node.any, ' or '];
    if (nodes.length === 0) return 'all' in node ? 'everything' : 'nothing';
    return nodes.map((each, index) => (
      <span key={index}>
        {index > 0 && word}
        {isCondition(each) ? <FilterWords node={each} /> : <>({<FilterWords node={each} />})</>}
      </span>
    ));
  }
  const { field, operator, values = [] } = node.condition;
  return (
    <>
      {dimensions.get(field)?.title ?? field} {OPERATOR_WORDS[operator]}{' '}
      {values.slice(0, MOST_SHOWN).map((value, index) => (
        <span key={value}>
          {index > 0 && ', '}
          <PathValue name={field} value={value} />
        </span>
      ))}
      {values.length > MOST_SHOWN && ` and ${values.length - MOST_SHOWN} more`}
    </>
  );
}
