import { Alert, Button, Group, Text } from '@mantine/core';
import { May } from '@/components/ui/feedback/may';
import { useMay } from '@/lib/session/me';
import { useMissingRates } from '../api/missing-rates';

/** Amounts without a rate are in no total, so somebody should hear of it here. */
export function MissingRates({ onAdd }: { onAdd: (currency: string) => void }) {
  const { data } = useMissingRates(useMay('reports:read'));
  if (!data) return null;
  const { missing, isPending } = data;
  return (
    <>
      {missing.length > 0 && (
        <Alert color="yellow" variant="light" mb="md" title={`No rate for ${missing.join(', ')}`}>
          <Text size="sm">
            Amounts of the last 90 days in {missing.length === 1 ? 'this currency' : 'these currencies'} are
            in no total of the reports until there is a rate for their days.
          </Text>
          <May permission="config:write">
            <Group gap="xs" mt="xs">
              {missing.map((currency) => (
                <Button key={currency} size="compact-sm" variant="default" onClick={() => onAdd(currency)}>
                  Add a rate for {currency}
                </Button>
              ))}
            </Group>
          </May>
        </Alert>
      )}
      {isPending && (
        <Alert variant="light" mb="md">
          Rates were changed a moment ago; reports will use them shortly.
        </Alert>
      )}
    </>
  );
}
