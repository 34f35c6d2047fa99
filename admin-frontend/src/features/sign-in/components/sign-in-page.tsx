import { Alert, Anchor, Button, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ApiError, errorMessage } from '@/lib/api/error';
import { useRequestOtp } from '../api/request-otp';
import { CodeForm } from './code-form';
import { SignInFrame } from './sign-in-frame';

export function SignInPage({ onSignedIn }: { onSignedIn: () => void }) {
  const [email, setEmail] = useState('');
  const request = useRequestOtp();
  const atField =
    request.error instanceof ApiError
      ? request.error.fields.find(({ field }) => field === 'email')?.error
      : undefined;

  if (request.data) {
    return (
      <SignInFrame title="Enter your code">
        <CodeForm email={email.trim()} requested={request.data} onSignedIn={onSignedIn} />
        <Text size="sm">
          <Anchor component="button" type="button" size="sm" onClick={() => request.reset()}>
            Use another address
          </Anchor>
        </Text>
      </SignInFrame>
    );
  }
  return (
    <SignInFrame title="Sign in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          request.mutate(email.trim());
        }}
      >
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            No password: we mail you a code. An address that nobody invited waits for approval.
          </Text>
          <TextInput
            label="E-mail"
            type="email"
            name="email"
            autoComplete="email"
            autoFocus
            required
            value={email}
            error={atField}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          {request.error && !atField && (
            <Alert color="red" variant="light" role="alert">
              {errorMessage(request.error)}
            </Alert>
          )}
          <Button type="submit" loading={request.isPending} fullWidth>
            Send code
          </Button>
        </Stack>
      </form>
    </SignInFrame>
  );
}
