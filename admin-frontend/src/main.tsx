import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@/app/fonts/fonts.css';
import '@/app/global.css';
import { StrictMode } from 'react';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { createRoot } from 'react-dom/client';
import { App } from '@/app/provider';

z.config(en());

const root = document.getElementById('root');
if (!root) throw new Error('the page has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
