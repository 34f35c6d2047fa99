import { Alert, Button, List, Text } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { ApiError, errorMessage } from '@/lib/api/error';
import { plural } from '@/lib/format/numbers';
import type { WorkspaceFile } from '../api/import-workspace';
import { kindAt, thingAt } from './read-file';

type Props = { error: unknown; file: WorkspaceFile; onRetry: () => void };

/** What is wrong with the file, by the things in it; or that nobody could look. */
export function ImportErrors({ error, file, onRetry }: Props) {
  const fields = error instanceof ApiError ? error.fields : [];
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<IconAlertCircle size={18} />}
      title={
        fields.length > 0
          ? `Nothing was imported: ${plural(fields.length, 'thing')} wrong`
          : 'Nothing was imported'
      }
    >
      {fields.length === 0 ? (
        <>
          <Text size="sm" mb="xs">
            {errorMessage(error)}
          </Text>
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            Try again
          </Button>
        </>
      ) : (
        <List size="sm" spacing={4}>
          {fields.map(({ field, error: message }) => {
            const { name, rest } = thingAt(file, field);
            return (
              <List.Item key={`${field} ${message}`}>
                {kindAt(field)}
                {name && ` “${name}”`}
                {rest && `, ${rest}`}: {message}
              </List.Item>
            );
          })}
        </List>
      )}
    </Alert>
  );
}
