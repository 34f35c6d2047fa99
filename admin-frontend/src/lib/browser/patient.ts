/**
 * Parts of the UI that are fetched when they are first needed, which may be while the network is away: then they are
 * fetched again until they come. A part that failed for good would take the page with it, and what was typed there.
 */
const firstPauseMs = 500;
const longestPauseMs = 10_000;

/** Over at once when the browser is back on a network. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener('online', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    window.addEventListener('online', end);
  });
}

/** For `lazy`. */
export function patient<T>(load: () => Promise<T>): () => Promise<T> {
  return async () => {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        return await load();
      } catch {
        await pause(pauseMs);
      }
    }
  };
}
