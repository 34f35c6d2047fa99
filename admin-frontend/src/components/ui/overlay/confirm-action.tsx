import { Button, type ButtonProps } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { notifyFailure } from '../feedback/notify';
import { useAsk } from './ask';

type Props = Omit<ButtonProps, 'onClick'> & {
  title: string;
  body: ReactNode;
  confirm: string;
  run: () => Promise<unknown>;
  isDangerous?: boolean;
  children: ReactNode;
};

/** A button that asks before it does. */
export function ConfirmAction({ title, body, confirm, run, isDangerous = true, children, ...button }: Props) {
  const ask = useAsk();
  const [isRunning, setRunning] = useState(false);

  async function click() {
    if (!(await ask({ title, body, confirm, isDangerous }))) return;
    setRunning(true);
    try {
      await run();
    } catch (error) {
      notifyFailure(`${title}: not done`, error);
    } finally {
      setRunning(false);
    }
  }

  return (
    <Button variant="default" {...button} loading={isRunning} onClick={() => void click()}>
      {children}
    </Button>
  );
}
