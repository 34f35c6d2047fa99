/** Six digits of a mail: pasted or typed, sent by themselves when complete. */
import { Alert, Button, Code, Group, PinInput, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { ApiError, errorMessage } from '@/lib/api/error';
import { session } from '@/lib/session/session';
import { useRequestOtp, type OtpRequested } from '../api/request-otp';
import { useVerifyOtp } from '../api/verify-otp';

type Props = { email: string; requested: OtpRequested; onSignedIn: () => void };

function useSecondsUntil(instant: string): number {
  const [now, setNow] = useState(() => Date.now());
  const left = Math.max(0, Math.ceil((Date.parse(instant) - now) / 1000));
  useEffect(() => {
    if (left === 0) return;
    const timer = setTimeout(() => setNow(Date.now()), 1000);
    return () => clearTimeout(timer);
  }, [left, now]);
  return left;
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function refusal(error: Error): string {
  if (error instanceof ApiError) {
    if (error.code === 'invalid_otp') {
      return 'This code is wrong, used or expired. After five wrong attempts the code stops working and the wait for the next one doubles.';
    }
    if (error.code === 'user_disabled') return 'This account is disabled. Ask an administrator to enable it.';
    if (error.status === 429) return `Too many attempts. Try again in ${clock(error.retryAfterS ?? 60)}.`;
  }
  return errorMessage(error);
}

export function CodeForm({ email, requested, onSignedIn }: Props) {
  const [current, setCurrent] = useState(requested);
  const [code, setCode] = useState('');
  const request = useRequestOtp();
  const verify = useVerifyOtp();
  const wait = useSecondsUntil(current.next_request_at);
  const error = verify.error ?? request.error;

  function submit(candidate: string) {
    if (candidate.length !== 6 || verify.isPending) return;
    verify.mutate(
      { email, code: candidate },
      {
        onSuccess: (signedIn) => {
          session.signIn(signedIn.token, signedIn.user.email);
          onSignedIn();
        },
        onError: () => setCode(''),
      },
    );
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit(code);
      }}
    >
      <Stack gap="md">
        <Text size="sm">
          {current.sent ? 'We sent a 6-digit code to ' : 'A code sent before is still valid for '}
          <b>{email}</b>.
        </Text>
        {current.otp && (
          <Alert variant="light" title="Local mode">
            Your code is{' '}
            <Code data-testid="dev-otp" fz="sm">
              {current.otp}
            </Code>
          </Alert>
        )}
        <PinInput
          length={6}
          type="number"
          oneTimeCode
          size="lg"
          autoFocus
          value={code}
          onChange={setCode}
          onComplete={submit}
          error={Boolean(verify.error)}
          getInputProps={(index) => ({ 'aria-label': `Digit ${index + 1} of 6` })}
        />
        {error && (
          <Alert color="red" variant="light" role="alert">
            {refusal(error)}
          </Alert>
        )}
        <Group justify="space-between">
          <Button type="submit" loading={verify.isPending} disabled={code.length !== 6}>
            Sign in
          </Button>
          <Button
            variant="subtle"
            disabled={wait > 0}
            loading={request.isPending}
            onClick={() => {
              verify.reset();
              request.mutate(email, { onSuccess: setCurrent });
            }}
          >
            {wait > 0 ? `Send again in ${clock(wait)}` : 'Send another code'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
