/** What Vite puts in from the environment or `.env.local`. */
interface ImportMeta {
  readonly env: { readonly VITE_GATEWAY: string; readonly VITE_API_KEY: string };
}
