/** How it is, as nodes see it, and a probe at the press of a button. */
import { Alert, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconStethoscope } from '@tabler/icons-react';
import { StatusBadge } from '@/components/ui/display/status-badge';
import { May } from '@/components/ui/feedback/may';
import { errorMessage } from '@/lib/api/error';
import { formatDuration } from '@/lib/format/numbers';
import { useCheckHealth, type HealthAnswer } from '../api/check-health';
import type { Destination } from '../api/destination';
import { HealthNodes } from './health-nodes';

type Result = HealthAnswer['results'][number];

function resultText(result: Result): string {
  if (result.failed) return `It could not be asked: ${result.failed}`;
  const status = result.http_status ? `HTTP ${result.http_status}` : 'no answer';
  const words = [status, `in ${formatDuration(result.latency_ms)}`].join(' ');
  return result.error ? `${result.error} (${words})` : words;
}

function Results({ results }: { results: Result[] }) {
  return (
    <Stack gap={6} role="status">
      {results.map((result) => {
        const isUp = !result.failed && result.succeeded;
        return (
          <Group key={result.node} gap="xs" align="baseline">
            <StatusBadge status={isUp ? 'reached' : 'failed'} tone={isUp ? 'good' : 'bad'} />
            <Text size="sm" fw={500}>
              {result.failed ? result.node : result.node_id}
            </Text>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {resultText(result)}
            </Text>
          </Group>
        );
      })}
    </Stack>
  );
}

export function HealthCard({ destination }: { destination: Destination }) {
  const { mutate: check, data, error, isPending } = useCheckHealth();
  return (
    <Card>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2}>Health</Title>
          <May permission="operate">
            <Button
              variant="default"
              size="compact-sm"
              leftSection={<IconStethoscope size={15} />}
              loading={isPending}
              onClick={() => check(destination.id)}
            >
              Check now
            </Button>
          </May>
        </Group>
        {error && (
          <Alert color="red" variant="light" role="alert" title="It could not be checked">
            {errorMessage(error)}
          </Alert>
        )}
        {data && <Results results={data.results} />}
        <HealthNodes destination={destination} />
      </Stack>
    </Card>
  );
}
