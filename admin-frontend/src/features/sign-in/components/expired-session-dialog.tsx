/** Over the page, whatever is on it: nothing of a half-filled form is lost, and waiting requests go on afterwards. */
import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { errorMessage } from '@/lib/api/error';
import { session, useSession } from '@/lib/session/session';
import { useRequestOtp } from '../api/request-otp';
import { CodeForm } from './code-form';

export default function ExpiredSessionDialog() {
  const current = useSession().session;
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title="Your session has ended"
      zIndex={1000}
    >
      {current && <Renew email={current.email} />}
    </Modal>
  );
}

function Renew({ email }: { email: string }) {
  const request = useRequestOtp();
  return (
    <Stack gap="md">
      <Text size="sm">Sign in again to go on. What you have typed is still there.</Text>
      {request.data ? (
        <CodeForm email={email} requested={request.data} onSignedIn={() => undefined} />
      ) : (
        <Button loading={request.isPending} onClick={() => request.mutate(email)} data-autofocus>
          Send a code to {email}
        </Button>
      )}
      {request.error && (
        <Alert color="red" variant="light" role="alert">
          {errorMessage(request.error)}
        </Alert>
      )}
      <Group>
        <Button variant="subtle" color="gray" onClick={() => session.signOut()}>
          Leave and sign out
        </Button>
      </Group>
    </Stack>
  );
}
