import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider } from 'urql';
import { createUrqlClient } from '../../../docs/clients/urql.ts';
import { App } from './app.tsx';

const { VITE_GATEWAY, VITE_API_KEY } = import.meta.env;
const client = createUrqlClient(VITE_GATEWAY, VITE_API_KEY);
const element = document.getElementById('app');
if (element === null) throw new Error('index.html has no #app');

createRoot(element).render(
  <StrictMode>
    <Provider value={client}>
      <App />
    </Provider>
  </StrictMode>,
);
