import { Button, Card, Group, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { notifyFailure } from '@/components/ui/feedback/notify';
import { downloadFile } from '@/lib/api/download';
import { useMasksMoney, useMe } from '@/lib/session/me';

export function ExportCard() {
  const [isRunning, setRunning] = useState(false);
  const isMasked = useMasksMoney();
  const name = useMe()?.workspace?.name ?? 'workspace';

  async function save() {
    setRunning(true);
    const stem =
      name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, '') || 'workspace';
    const day = new Date().toISOString().slice(0, 10);
    try {
      await downloadFile('/api/workspace/export', {}, `${stem}-${day}.json`);
    } catch (error) {
      notifyFailure('The export was not made', error);
    } finally {
      setRunning(false);
    }
  }

  return (
    <Card>
      <Group justify="space-between" gap="md">
        <div style={{ maxWidth: 620 }}>
          <Title order={2}>Export</Title>
          <Text size="sm" c="dimmed">
            {isMasked
              ? 'Amounts are hidden from you, and the file would hold some: ask a member who sees them.'
              : 'The configuration as one JSON file: campaigns with their streams, and all that they use. Without secrets, clicks and conversions.'}
          </Text>
        </div>
        <Button
          leftSection={<IconDownload size={16} />}
          disabled={isMasked}
          loading={isRunning}
          onClick={() => void save()}
        >
          Download
        </Button>
      </Group>
    </Card>
  );
}
