import { useMutation } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export function useVerifyOtp() {
  return useMutation({
    mutationFn: (proof: Schemas['OtpProof']) => answer(api.POST('/api/auth/verify-otp', { body: proof })),
  });
}
