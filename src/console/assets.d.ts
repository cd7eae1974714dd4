/** What the bundler takes beside scripts. */
declare module '*.css';
