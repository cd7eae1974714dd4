import type { ProviderDescription } from '../../../domain/providers.ts';

export const animam: ProviderDescription = {
  name: 'ANIMAM',
  label: 'Animam',
  description: 'Animam; read-only.',
  capabilities: new Set(),
  connection: {
    baseUrl: 'https://api.animam.ai',
    remoteTenant: {
      pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
      problem: "Remote tenant must be the tenant's slug at Animam, such as my-company",
    },
  },
};
