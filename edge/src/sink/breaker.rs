//! A circuit breaker: after several failures in a row, one batch probes while the others wait.

use std::{
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::backoff::Backoff;

pub struct Breaker {
    threshold: u32,
    inner: Mutex<Inner>,
    changed: Notify,
}

struct Inner {
    failures: u32,
    /// Set while open: when the next probe may go.
    probe_at: Option<Instant>,
    probing: bool,
    backoff: Backoff,
}

impl Breaker {
    /// Opens after `threshold` failures in a row.
    pub fn new(threshold: u32, first: Duration, max: Duration) -> Self {
        let inner = Inner { failures: 0, probe_at: None, probing: false, backoff: Backoff::new(first, max) };
        Self { threshold: threshold.max(1), inner: Mutex::new(inner), changed: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Waits until a batch may be sent. Each admission is followed by `succeeded` or `failed`.
    pub async fn admitted(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let probe_at = {
                let mut inner = self.lock();
                match inner.probe_at {
                    None => return,
                    Some(probe_at) if !inner.probing && probe_at <= Instant::now() => {
                        inner.probing = true;
                        return;
                    }
                    Some(_) if inner.probing => None,
                    probe_at => probe_at,
                }
            };
            match probe_at {
                Some(probe_at) => tokio::select! {
                    () = tokio::time::sleep_until(probe_at) => {}
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }

    pub fn succeeded(&self) {
        let mut inner = self.lock();
        inner.failures = 0;
        inner.probe_at = None;
        inner.probing = false;
        inner.backoff.reset();
        drop(inner);
        self.changed.notify_waiters();
    }

    /// True when this failure opened it.
    pub fn failed(&self) -> bool {
        let mut inner = self.lock();
        inner.failures = inner.failures.saturating_add(1);
        inner.probing = false;
        let opens = inner.failures >= self.threshold;
        let opened = opens && inner.probe_at.is_none();
        if opens {
            inner.probe_at = Some(Instant::now() + inner.backoff.next_wait());
        }
        drop(inner);
        self.changed.notify_waiters();
        opened
    }

    pub fn is_open(&self) -> bool {
        self.lock().probe_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn opens_probes_one_and_closes() {
        let breaker = Arc::new(Breaker::new(3, Duration::from_secs(1), Duration::from_secs(60)));
        for failure in 1..=3 {
            breaker.admitted().await;
            assert_eq!(breaker.failed(), failure == 3);
        }
        assert!(breaker.is_open());
        // Exactly one of many passes as the probe.
        let waiting: Vec<_> = (0..5)
            .map(|_| {
                let breaker = breaker.clone();
                tokio::spawn(async move { breaker.admitted().await })
            })
            .collect();
        tokio::time::sleep(Duration::from_secs(61)).await;
        assert_eq!(waiting.iter().filter(|task| task.is_finished()).count(), 1);
        breaker.succeeded();
        for task in waiting {
            task.await.unwrap();
        }
        assert!(!breaker.is_open());
    }
}
