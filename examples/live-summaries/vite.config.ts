import { defineConfig } from 'vite';

export default defineConfig({
  // The client of docs/ lies outside of this folder; an example of its own would have copied it.
  server: { fs: { allow: ['../..'] } },
});
