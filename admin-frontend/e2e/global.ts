/** One stack for a whole run, with demo data in it. */
import type { TestProject } from 'vitest/node';
import { RunningStack, type Stack } from './stack';

declare module 'vitest' {
  export interface ProvidedContext {
    stack: Stack;
    demoClicks: number;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = await RunningStack.start();
  try {
    await running.demo(project.getProvidedContext().demoClicks);
  } catch (error) {
    await running.stop();
    throw error;
  }
  project.provide('stack', running.stack);
  return () => running.stop();
}
