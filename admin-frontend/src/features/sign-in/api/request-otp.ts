import { useMutation } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type OtpRequested = Schemas['OtpRequested'];

export function useRequestOtp() {
  return useMutation({
    mutationFn: (email: string) => answer(api.POST('/api/auth/request-otp', { body: { email } })),
  });
}
