import { Text, Tooltip } from '@mantine/core';
import { signOf, type Decimal } from '@/lib/format/decimal';
import { formatMoney, NOTHING } from '@/lib/format/numbers';
import { useCurrency, useMasksMoney } from '@/lib/session/me';

type Props = {
  amount: Decimal | null | undefined;
  /** The workspace's when missing. */
  currency?: string;
  digits?: number;
  /** Green above nothing, red below: for profit. */
  isSigned?: boolean;
};

/** An amount; "hidden" to members who are not shown money. */
export function Money({ amount, currency, digits, isSigned }: Props) {
  const own = useCurrency();
  const isMasked = useMasksMoney();
  if (amount === null || amount === undefined) return isMasked ? <HiddenMoney /> : NOTHING;
  const sign = isSigned ? signOf(amount) : 0;
  const color = sign > 0 ? 'var(--tf-good)' : sign < 0 ? 'var(--tf-bad)' : undefined;
  return (
    <span className="tabular" style={{ color }}>
      {formatMoney(amount, currency ?? own, digits)}
    </span>
  );
}

export function HiddenMoney() {
  return (
    <Tooltip label="Your role in this workspace does not show amounts">
      <Text component="span" size="sm" c="dimmed" tabIndex={0}>
        hidden
      </Text>
    </Tooltip>
  );
}
